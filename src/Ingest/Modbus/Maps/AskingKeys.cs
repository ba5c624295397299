using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>The keys of a model that say how its meters want to be asked: <c>timing</c>, <c>limits</c>, <c>setup</c>.</summary>
static class AskingKeys
{
    public static readonly IReadOnlyDictionary<string, MeterFunction> Tables = new Dictionary<string, MeterFunction>
    {
        ["holding"] = MeterFunction.HoldingRegisters, ["input"] = MeterFunction.InputRegisters, ["coil"] = MeterFunction.Coils,
        ["discrete"] = MeterFunction.DiscreteInputs,
    };

    static readonly Dictionary<string, MeterFunction> Writable = new()
    {
        ["holding"] = MeterFunction.HoldingRegisters, ["coil"] = MeterFunction.Coils,
    };

    /// <summary>How the lines are used; the rest of <c>timing</c> says how long they are kept.</summary>
    public static (ModbusTiming Timing, bool OneClient, bool CloseAfterPoll) Timing(DefinitionNode node)
    {
        if (node.Child("timing") is not { } timing) return (ModbusTiming.Default, false, false);
        var (oneClient, close) = (timing.Flag("one_client"), timing.Flag("close_after_poll"));
        var read = new ModbusTiming(
            Ms(timing, "connect_delay_ms", 0), Ms(timing, "gap_ms", 0), Ms(timing, "response_timeout_ms", 1000),
            (int)timing.Whole("max_in_flight", 1, 16, 1));
        if (read.ResponseTimeout == TimeSpan.Zero) timing.Fault("response_timeout_ms", "must not be 0");
        timing.Finish();
        return (read, oneClient, close);
    }

    public static ReadLimits Limits(DefinitionNode node)
    {
        if (node.Child("limits") is not { } limits) return ReadLimits.Default;
        var read = new ReadLimits(
            (int)limits.Whole("max_words", 1, MeterRequest.MaxWords, ReadLimits.Default.MaxWords),
            (int)limits.Whole("max_hole", 0, MeterRequest.MaxWords, ReadLimits.Default.MaxHole),
            [.. limits.Children("forbidden").Select(Range)])
        {
            MaxBits = (int)limits.Whole("max_bits", 1, MeterRequest.MaxBits, ReadLimits.Default.MaxBits),
            Boundaries = [.. limits.Wholes("boundaries", ushort.MaxValue).Select(address => (uint)address)],
            SingleReads = limits.Flag("single_reads"),
        };
        limits.Finish();
        return read;
    }

    public static IReadOnlyList<SetupWrite> Setup(DefinitionNode node) => [.. node.Children("setup").Select(Write)];

    static SetupWrite Write(DefinitionNode node)
    {
        var table = node.OneOf("register", Writable, MeterFunction.HoldingRegisters);
        var coils = table == MeterFunction.Coils;
        var values = node.Wholes("values", coils ? 1UL : ushort.MaxValue);
        if (values.Count == 0) values = [(ulong)node.Whole("value", 0, coils ? 1 : ushort.MaxValue)];
        var address = node.Whole("address", 0, 65536 - values.Count);
        var (single, several) = coils ? (MeterFunction.WriteCoil, MeterFunction.WriteCoils) : (MeterFunction.WriteRegister, MeterFunction.WriteRegisters);
        var usual = values.Count == 1 ? single : several;
        var function = (MeterFunction)node.Whole("function", 5, 16, (long)usual);
        if (function != several && (function != single || values.Count > 1))
            node.Fault("function", $"must be {(values.Count == 1 ? $"{(int)single} or " : "")}{(int)several}");
        if (values.Count > MaxWritten) node.Fault("values", $"one write takes {MaxWritten} values");
        node.Finish();
        return new(table, function, (uint)address, [.. values.Select(value => (ushort)value)]);
    }

    // V1.1b3 section 6.12: 123 registers; nobody needs as many coils.
    const int MaxWritten = 123;

    static RegisterRange Range(DefinitionNode node)
    {
        var range = new RegisterRange(
            node.OneOf("register", Tables), (ushort)node.Whole("first", 0, ushort.MaxValue), (ushort)node.Whole("last", 0, ushort.MaxValue));
        if (range.Last < range.First) node.Fault("last", "must not be before first");
        node.Finish();
        return range;
    }

    static TimeSpan Ms(DefinitionNode node, string key, long absent) => TimeSpan.FromMilliseconds(node.Whole(key, 0, 60_000, absent));
}
