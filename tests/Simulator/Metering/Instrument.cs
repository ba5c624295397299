using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Sky;

namespace EnergyWatch.Simulator.Metering;

/// <summary>
/// One meter: for any instant, what it shows. Counters are the register as read; momentary values are those of the whole circuit, as
/// a gateway shows them that knows the transformer. Null where it does not measure the quantity, or says nothing at that instant.
/// </summary>
sealed class Instrument(MeterPlan plan, int building, Totals totals)
{
    const double LineVolts = 231.5;

    readonly Register _register = new(plan);
    readonly ulong _jitter = Noise.Stream($"{plan.Code}/jitter");
    readonly Lazy<double> _replacedAfter = new(() => AmountAt(plan, building, totals, Faults.ReplacedAt));

    public MeterPlan Plan { get; } = plan;

    /// <summary>The counter that the meter is there for, as in the history.</summary>
    public Quantity Main => (Plan.Carrier, Plan.Role, Plan.Counts.Channel) switch
    {
        (Carrier.Water or Carrier.NaturalGas, _, _) => Quantity.Volume,
        (_, MeterRole.PvGeneration, _) => Quantity.PvEnergy,
        (_, MeterRole.GridExport, _) => Quantity.EnergyExport,
        (_, _, Channel.Sun) => Quantity.Irradiance,
        _ => Quantity.EnergyImport,
    };

    /// <summary>What a gateway that speaks the native format sends of it.</summary>
    public IReadOnlyList<Quantity> Published => Main switch
    {
        Quantity.Volume => [Quantity.Volume, Quantity.Flow],
        Quantity.PvEnergy => [Quantity.PvEnergy, Quantity.PvPower],
        _ => [Main, Quantity.Power, Quantity.VoltageL1, Quantity.CurrentL1, Quantity.PowerFactor],
    };

    public bool SilentAt(Instant at) => Faults.Silent(Plan.Code, at);

    public double? Read(Quantity quantity, Instant at)
    {
        Span<double> value = stackalloc double[1];
        Read([quantity], at, value);
        return double.IsNaN(value[0]) ? null : value[0];
    }

    /// <summary>Several quantities of one instant, each NaN where there is none.</summary>
    public void Read(ReadOnlySpan<Quantity> quantities, Instant at, Span<double> values)
    {
        values.Fill(double.NaN);
        if (SilentAt(at)) return;
        Span<double> sums = stackalloc double[Building.Channels], flows = stackalloc double[Building.Channels];
        var shown = Faults.Shown(Plan.Code, at);
        var now = totals.At(building, shown, sums, flows);
        for (var i = 0; i < quantities.Length; i++) values[i] = Value(quantities[i], shown, now, sums, flows) ?? double.NaN;
    }

    /// <summary>The main counter when these are the building's sums: the quick way for a history that asks hour by hour.</summary>
    public double Counter(Instant at, ReadOnlySpan<double> sums) => Counted(sums, Plan.Counts.Channel, at);

    double? Value(Quantity quantity, Instant at, in Moment now, ReadOnlySpan<double> sums, ReadOnlySpan<double> flows)
    {
        var flow = flows[(int)Plan.Counts.Channel] * Plan.Counts.Share * Jitter(at);
        return (Main, quantity) switch
        {
            (Quantity.Volume, Quantity.Volume) => Counted(sums, Plan.Counts.Channel, at),
            (Quantity.Volume, Quantity.Flow) => flow,
            (Quantity.PvEnergy, Quantity.PvEnergy) => Counted(sums, Plan.Counts.Channel, at),
            (Quantity.PvEnergy, Quantity.PvPower) => flow,
            (Quantity.Irradiance, Quantity.Irradiance) => flow,
            (Quantity.Irradiance, Quantity.ModuleTemperature) => Building.ModuleTemperature(flow, now.Weather.AirTemperature),
            (Quantity.Irradiance, Quantity.AmbientTemperature) => now.Weather.AirTemperature,
            (Quantity.Volume or Quantity.Irradiance, _) => null,
            (_, Quantity.EnergyImport) when Main != Quantity.PvEnergy => Counted(sums, TwoWay ? Channel.Import : Plan.Counts.Channel, at),
            (_, Quantity.EnergyExport) when Main != Quantity.PvEnergy => TwoWay ? Counted(sums, Channel.Export, at) : 0,
            (_, Quantity.Power) => Net(flows, flow, at),
            _ => Electric(quantity, at, Math.Abs(Net(flows, flow, at))),
        };
    }

    // Voltage, current, power factor and frequency of a balanced three-phase circuit that carries this power.
    double? Electric(Quantity quantity, Instant at, double kw)
    {
        var volts = LineVolts + 6 * (Noise.Smooth(_jitter, at.UnixMilliseconds / 240_000.0) - 0.5);
        var factor = 0.93 + 0.05 * Noise.Smooth(_jitter, at.UnixMilliseconds / 900_000.0);
        return quantity switch
        {
            Quantity.VoltageL1 => volts,
            Quantity.VoltageL2 => volts + 0.7,
            Quantity.VoltageL3 => volts - 0.9,
            Quantity.CurrentL1 or Quantity.CurrentL2 or Quantity.CurrentL3 => kw * 1_000 / 3 / volts / factor,
            Quantity.PowerFactor => factor,
            Quantity.Frequency => 50 + 0.06 * (Noise.Smooth(Noise.Stream("grid"), at.UnixMilliseconds / 5_000.0) - 0.5),
            _ => null,
        };
    }

    bool TwoWay => Plan.Role is MeterRole.GridImport or MeterRole.GridExport;

    double Net(ReadOnlySpan<double> flows, double flow, Instant at) =>
        TwoWay ? (flows[(int)Channel.Import] - flows[(int)Channel.Export]) * Jitter(at) : flow;

    // Loads tremble from moment to moment; the registers, which add up, do not show it.
    double Jitter(Instant at) => 0.985 + 0.03 * Noise.Smooth(_jitter, at.UnixMilliseconds / 7_000.0);

    double Counted(ReadOnlySpan<double> sums, Channel channel, Instant at)
    {
        var amount = sums[(int)channel] * Plan.Counts.Share;
        return Plan.Code == Faults.ReplacedMeter && channel == Plan.Counts.Channel && at >= Faults.ReplacedAt
            ? _register.AfterReplacement(amount - _replacedAfter.Value)
            : _register.After(amount);
    }

    /// <summary>The last value of the register that was taken away, in register units.</summary>
    public double EndReading => _register.After(_replacedAfter.Value);

    static double AmountAt(MeterPlan plan, int building, Totals totals, Instant at)
    {
        Span<double> sums = stackalloc double[Building.Channels], flows = stackalloc double[Building.Channels];
        totals.At(building, at, sums, flows);
        return sums[(int)plan.Counts.Channel] * plan.Counts.Share;
    }
}
