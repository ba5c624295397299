using System.Buffers.Binary;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>A self-test that a model has passed. One that fails is a fault of its file, which does not load.</summary>
public sealed record SelfTestResult(string Model, string Key, SelfTestKind Kind, string Detail);

/// <summary>The self-tests that a model file carries. A model without them, or one that fails them, does not load.</summary>
static class ModelSelfTests
{
    /// <summary>Those of a model that loaded.</summary>
    public static IEnumerable<SelfTestResult> Passed(RegisterMap map) => Parts(map).SelectMany(part => part.SelfTests.Select(
        test => new SelfTestResult(part.Id, test.Quantity.Key(), test.Kind, $"{Words(test)} → {Shown(test.Value)}")));

    public static IEnumerable<DefinitionFault> Faults(RegisterMap map) => Parts(map).SelectMany(FaultsOf);

    // A SunSpec model is several: each must prove itself.
    static IEnumerable<RegisterMap> Parts(RegisterMap map) =>
        map.SunSpec is { } sunSpec ? sunSpec.Definitions.Select(definition => definition.Registers) : [map];

    static IEnumerable<DefinitionFault> FaultsOf(RegisterMap map)
    {
        foreach (var test in map.SelfTests)
            if (WhatIsWrong(map, test) is { } wrong)
                yield return new DefinitionFault(map.File, test.Line, $"self_tests {test.Quantity.Key()}", wrong);
        // A counter is what is signed: the register of none is taken on trust.
        foreach (var counter in map.Points.Where(point => point.Quantity.Info().Kind == QuantityKind.Counter))
            if (!map.SelfTests.Any(test => test.Quantity == counter.Quantity && test.Value is not null))
                yield return new DefinitionFault(
                    map.File, map.SelfTests.Count > 0 ? map.SelfTests[0].Line : 1, "self_tests",
                    $"one of {counter.Quantity.Key()} with a value is missing: each counter must prove that it is read right");
        foreach (var kind in Needed(map).Except(map.SelfTests.Select(test => test.Kind)))
            yield return new DefinitionFault(
                map.File, map.SelfTests.Count > 0 ? map.SelfTests[0].Line : 1, "self_tests",
                $"one that shows '{kind.ToString().ToLowerInvariant()}' is missing: a model must prove that it is read right");
    }

    static IEnumerable<SelfTestKind> Needed(RegisterMap map)
    {
        yield return SelfTestKind.Maximum;
        if (map.Points.Any(point => point.Format.IsSigned && point.Plausible.Min < 0)) yield return SelfTestKind.Negative;
        if (map.Points.Any(point => point.Format.HasNonNumbers || point.Invalid.Count > 0 || point.Plausible != PlausibleRange.Any))
            yield return SelfTestKind.Sentinel;
    }

    static string? WhatIsWrong(RegisterMap map, SelfTest test)
    {
        if (map.Points.FirstOrDefault(point => point.Quantity == test.Quantity) is not { } point) return "the model has no such point";
        if (point.IsItem && test.Bytes.Count < point.ItemBytes)
            return $"the item takes {point.ItemBytes} bytes, given are {test.Bytes.Count}";
        if (!point.IsItem && test.Words.Count != point.Places().Sum(place => place.Words))
            return $"it takes {point.Places().Sum(place => place.Words)} words, given are {test.Words.Count}";
        double? value = RegisterDecoder.TryDecode(point, Data(point, test), out var decoded) ? decoded : null;
        if (!Same(value, test.Value, point.Format)) return $"{Words(test)} reads {Shown(value)}, expected is {Shown(test.Value)}";
        return test.Kind switch
        {
            SelfTestKind.Sentinel when value is not null => "a sentinel must read as missing",
            SelfTestKind.Negative when value is not < 0 => "a negative must be less than 0",
            SelfTestKind.Maximum when value is null || map.SelfTests.Any(other => other != test && other.Quantity == test.Quantity && other.Value > value) =>
                "a maximum must be the largest value tested",
            _ => null,
        };
    }

    // A float is written in the file as people write it: it carries seven digits, or fifteen.
    static bool Same(double? value, double? expected, RegisterFormat format)
    {
        if (value is not { } have || expected is not { } want) return value is null && expected is null;
        var tolerance = format.Type == RegisterType.Float32 ? 1e-6 : 1e-14;
        return Math.Abs(have - want) <= Math.Abs(want) * tolerance;
    }

    static byte[] Data(RegisterPoint point, SelfTest test)
    {
        if (point.IsItem) return [.. test.Bytes];
        var registers = new byte[2 * (point.End - point.First)];
        var given = 0;
        foreach (var (address, words) in point.Places())
            for (var word = 0; word < words; word++)
                BinaryPrimitives.WriteUInt16BigEndian(registers.AsSpan(2 * (int)(address - point.First + word)), test.Words[given++]);
        return registers;
    }

    static string Words(SelfTest test) => test.Bytes.Count > 0 ? Convert.ToHexString([.. test.Bytes]) :
        string.Join(' ', test.Words.Select(word => word.ToString("X4", CultureInfo.InvariantCulture)));

    static string Shown(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "missing";
}
