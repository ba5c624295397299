using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>
/// Finds the models of a unit by asking it (SunSpec Device Information Model Specification): the marker <c>SunS</c> at one of
/// the bases, behind it model after model, each with its id and length, until the id FFFFh. Whatever the registers say, it ends: no model
/// is empty, none reaches past register 65535, and there are only so many.
/// </summary>
sealed class SunSpecWalk(IModbusTransport transport, ulong meter, ModbusTiming timing)
{
    const uint Marker = 0x53756E53;
    const ushort EndOfChain = 0xFFFF;
    const int MostModels = 100;
    const int LastRegister = 65535;

    /// <exception cref="ModbusLinkException">when the unit is silent: nothing is known then.</exception>
    public async ValueTask<SunSpecFinding> RunAsync(IReadOnlyList<ushort> bases, CancellationToken stop)
    {
        var seen = new List<string>();
        foreach (var at in bases)
        {
            var (words, exception) = await ReadAsync(at, 2, stop);
            if (words is null) seen.Add($"{at}: {exception.InWords()}");
            else if (((uint)words[0] << 16 | words[1]) == Marker) return await ChainAsync(at, stop);
            else seen.Add(string.Create(CultureInfo.InvariantCulture, $"{at}: {words[0]:X4} {words[1]:X4}"));
        }
        return new(null, $"no SunSpec marker ({string.Join("; ", seen)})") { HasMarker = false };
    }

    async ValueTask<SunSpecFinding> ChainAsync(ushort start, CancellationToken stop)
    {
        var models = new List<SunSpecModel>();
        var at = start + 2;
        while (models.Count < MostModels)
        {
            var (id, length, broken) = await HeaderAsync(at, stop);
            if (broken is not null) return SunSpecFinding.Refused(broken);
            if (id == EndOfChain)
                return models.Count > 0 ? new(new(start, models), null) : SunSpecFinding.Refused("the SunSpec chain is empty");
            if (Refusal(id, length, at, models.Count) is { } reason) return SunSpecFinding.Refused(reason);
            var identity = id == CommonModel.Id ? await IdentityAsync(at, length, stop) : models[^1].Identity;
            if (identity is null) return SunSpecFinding.Refused($"the SunSpec common model at register {at} cannot be read");
            models.Add(new(id, (ushort)at, length, identity));
            at += 2 + length;
        }
        return SunSpecFinding.Refused($"the SunSpec chain has more than {MostModels} models: its end is missing");
    }

    static string? Refusal(ushort id, ushort length, int at, int before) => (id, length) switch
    {
        (0, _) => $"the SunSpec chain is broken: there is no model id in register {at}",
        (_, 0) => $"the SunSpec chain is broken: model {id} at register {at} has length 0",
        (not CommonModel.Id, _) when before == 0 => $"the SunSpec chain begins with model {id}, not with the common model",
        (CommonModel.Id, < CommonModel.LeastLength) => $"the SunSpec common model at register {at} has length {length}, too short for its texts",
        _ when at + 2 + length > LastRegister =>
            $"the SunSpec chain is broken: model {id} at register {at} with length {length} leaves no room for its end",
        _ => null,
    };

    // Of the end some units have the id alone, and refuse to be asked for a length.
    async ValueTask<(ushort Id, ushort Length, string? Broken)> HeaderAsync(int at, CancellationToken stop)
    {
        var (header, exception) = at < LastRegister ? await ReadAsync(at, 2, stop) : (null, ModbusExceptionCode.IllegalDataAddress);
        if (header is not null) return (header[0], header[1], null);
        var (id, _) = await ReadAsync(at, 1, stop);
        return id is [EndOfChain]
            ? (EndOfChain, (ushort)0, null)
            : ((ushort)0, (ushort)0, $"the SunSpec chain breaks off at register {at}, before its end: {exception.InWords()}");
    }

    async ValueTask<SunSpecIdentity?> IdentityAsync(int at, ushort length, CancellationToken stop)
    {
        var answer = await AskAsync(at, 2 + Math.Min(length, CommonModel.MostLength), stop);
        if (answer.Exception != ModbusExceptionCode.None) return null;
        var registers = answer.Data.Span;
        // Between two reads the chain may have moved.
        return CommonModel.Word(registers, 0) == CommonModel.Id && CommonModel.Word(registers, 1) == length ? CommonModel.Read(registers) : null;
    }

    /// <summary>Registers of the unit, or why it refuses them.</summary>
    public async ValueTask<(ushort[]? Words, ModbusExceptionCode Exception)> ReadAsync(int at, int count, CancellationToken stop)
    {
        var answer = await AskAsync(at, count, stop);
        if (answer.Exception != ModbusExceptionCode.None) return (null, answer.Exception);
        var words = new ushort[count];
        for (var i = 0; i < count; i++) words[i] = CommonModel.Word(answer.Data.Span, i);
        return (words, ModbusExceptionCode.None);
    }

    async ValueTask<ModbusAnswer> AskAsync(int at, int count, CancellationToken stop)
    {
        var answer = await transport.AskAsync(new(meter, MeterFunction.HoldingRegisters, (uint)at, (ushort)count), timing, stop);
        if (answer.Exception.MeansSilence()) throw new ModbusLinkException(LinkFault.TimedOut, $"unit {meter}: {answer.Exception.InWords()}");
        return answer;
    }
}
