using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Metering;

namespace EnergyWatch.Simulator.Mqtt;

/// <summary>A meter of a pushing gateway, and how often it is read.</summary>
sealed record RecordedMeter(Instrument Instrument, int IntervalS);

/// <summary>
/// The gateway's memory. What a meter showed can be told again at any time, so nothing is kept but how far it has been told: an outage
/// of days costs no memory, and its readings come late with their own times.
/// </summary>
sealed class Recorder
{
    /// <summary>Like the flash of a real gateway: what is older is gone.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    readonly IReadOnlyList<RecordedMeter> _meters;
    readonly long _baseS, _slotMs;
    long _next;

    /// <param name="since">The first slot told is the first one after this.</param>
    /// <param name="speed">Reads so many times as often as the intervals say, but at most once a second.</param>
    public Recorder(IReadOnlyList<RecordedMeter> meters, Instant since, double speed)
    {
        _meters = meters;
        _baseS = meters.Min(meter => meter.IntervalS);
        _slotMs = Math.Max(1_000, (long)(_baseS * 1_000 / speed));
        _next = since.UnixMilliseconds / _slotMs + 1;
    }

    public Instant NextDue => new(_next * _slotMs);

    /// <summary>The next message, when its time has come. Slots in which no meter is due or all are silent make none.</summary>
    public byte[]? Take(Instant now)
    {
        _next = Math.Max(_next, (now - Kept).UnixMilliseconds / _slotMs);
        for (; NextDue <= now; _next++)
        {
            if (Message(_next) is not { } message) continue;
            _next++;
            return message;
        }
        return null;
    }

    byte[]? Message(long slot)
    {
        var at = new Instant(slot * _slotMs);
        var due = _meters.Where(meter => slot * _baseS % meter.IntervalS == 0 && !meter.Instrument.SilentAt(at)).ToList();
        if (due.Count == 0) return null;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var meter in due) Write(json, meter.Instrument, at);
            json.WriteEndArray();
        }
        return bytes.ToArray();
    }

    static void Write(Utf8JsonWriter json, Instrument meter, Instant at)
    {
        var quantities = meter.Published;
        var values = new double[quantities.Count];
        meter.Read([.. quantities], at, values);
        json.WriteStartObject();
        json.WriteString("meter", meter.Plan.Code);
        json.WriteNumber("ts", at.UnixMilliseconds);
        json.WriteStartObject("values");
        for (var i = 0; i < values.Length; i++)
            if (!double.IsNaN(values[i])) json.WriteNumber(quantities[i].Key(), Shown(quantities[i], values[i]));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Registers are whole hundredths already; a display of momentary values ends after three digits.
    static double Shown(Quantity quantity, double value) =>
        quantity.Info().Kind == QuantityKind.Counter ? value : Math.Round(value, 3, MidpointRounding.AwayFromZero);
}
