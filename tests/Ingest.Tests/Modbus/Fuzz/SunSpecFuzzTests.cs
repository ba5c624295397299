using System.Diagnostics;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;
using EnergyWatch.Ingest.Tests.Modbus.SunSpec;
using EnergyWatch.Support;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>
/// Seeded chains that a maker got wrong, or that change while they are walked: the walk ends within its bounds, refuses in words or finds
/// what really stands there, and what it found can be read and decoded. ENERGYWATCH_FUZZ is the number of answers of the unit.
/// </summary>
public sealed class SunSpecFuzzTests(ITestOutputHelper output)
{
    // A marker at each base, a header and an identity of each of 100 models, one more half of a header, the inputs of two parts.
    const int MostQuestions = 3 + 2 * 100 + 1 + 2;
    const int Seed = 20261120;
    const int Start = 40000;

    static readonly int Rounds = FuzzRounds.Or(30_000);
    static readonly ushort[] Ids = [1, 101, 103, 111, 113, 120, 160, 203, 213, 701, 714];

    [Theory, InlineData("sunspec-inverter"), InlineData("sunspec-meter")]
    public async Task Whatever_a_chain_says_the_search_ends_and_what_it_found_stands_there(string id)
    {
        var map = RegisterMaps.Load([Repository.PathOf("seeds", "models")]).Find(id)!;
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        var (asked, chains, found, refused, silent, most) = (0L, 0, 0, 0, 0, 0);
        for (; asked < Rounds; chains++)
        {
            var (image, moves) = (Chain(random), random.Next(6) == 0);
            var bus = new RegisterBus(new TestClock(), image)
            {
                Behave = random.Next(5) == 0 ? _ => random.Next(30) == 0 ? Trouble(random) : (null, ModbusExceptionCode.None) : _ => (null, ModbusExceptionCode.None),
                Answered = moves ? request => Change(random, image, request.Address, 8) : _ => { },
            };
            try
            {
                var (what, refusal) = await SunSpecContact.FindAsync(map, bus, 1, default);
                Assert.True(what is null != refusal is null);
                if (what is null) refused++;
                else
                {
                    found++;
                    if (!moves) ExpectChain(what.Chain, image);
                    Decode(what.Map, random);
                }
            }
            catch (ModbusLinkException)
            {
                silent++;
            }
            Assert.True(bus.Asked.Count <= MostQuestions, $"seed {Seed}, chain {chains}: {bus.Asked.Count} questions");
            Assert.All(bus.Asked, request => Assert.True(request.Address + request.Count <= 65536, $"{request}"));
            (asked, most) = (asked + bus.Asked.Count, Math.Max(most, bus.Asked.Count));
        }
        output.WriteLine(
            $"{asked} answers of {chains} chains in {watch.Elapsed.TotalSeconds:0.0} s: {found} found, {refused} refused, {silent} silent, {most} questions at most");
        Assert.True(found > chains / 20 && refused > chains / 20 && silent > 0, $"{found} found, {refused} refused, {silent} silent of {chains}");
    }

    // Right chains, then words changed in the heads of models, cut ends, words of chance behind the marker.
    static SunSpecImage Chain(Random random)
    {
        var image = SunSpecImage.At(Start);
        if (random.Next(4) > 0) image.Common(length: (ushort)(random.Next(8) == 0 ? random.Next(60, 70) : 66));
        if (random.Next(10) == 0) return image.Raw([.. Enumerable.Range(0, 1500).Select(_ => (ushort)(random.Next(4) == 0 ? random.Next(65536) : random.Next(40)))]);
        var heads = new List<ushort>();
        var isEndless = random.Next(100) == 0;
        for (var models = isEndless ? 160 : random.Next(1, 5); models > 0; models--)
        {
            var id = isEndless ? CommonModel.Id : Ids[random.Next(Ids.Length)];
            var length = !isEndless && random.Next(6) == 0 ? random.Next(0, 300) : id switch { 1 => 66, 160 => 8 + 20 * random.Next(5), 213 or 203 => 124, 701 => 153, _ => 60 };
            image.Model(id, [.. Enumerable.Range(0, length).Select(_ => (ushort)(random.Next(3) == 0 ? random.Next(65536) : random.Next(6)))]);
            heads.Add(image.Last);
        }
        if (random.Next(10) > 0) image.End();
        if (random.Next(4) == 0) Change(random, image, heads[random.Next(heads.Count)], 2);
        if (random.Next(20) == 0) Change(random, image, Start, 4);
        return image;
    }

    static void Change(Random random, SunSpecImage image, uint near, int span)
    {
        var at = (uint)(near + random.Next(span));
        if (image.Read(at, 1) is not null) image[at] = (ushort)(random.Next(2) == 0 ? random.Next(65536) : image[at] + random.Next(-3, 4));
    }

    static (LinkFault? Fault, ModbusExceptionCode Code) Trouble(Random random) => random.Next(4) switch
    {
        0 => (LinkFault.TimedOut, ModbusExceptionCode.None),
        1 => (LinkFault.Closed, ModbusExceptionCode.None),
        _ => (null, (ModbusExceptionCode)random.Next(1, 12)),
    };

    // One model behind the other, each with the id and the length that stand there, until the end.
    static void ExpectChain(SunSpecChain chain, SunSpecImage image)
    {
        Assert.Equal((0x5375, 0x6E53), (image[chain.Base], image[chain.Base + 1u]));
        var at = chain.Base + 2u;
        foreach (var model in chain.Models)
        {
            Assert.Equal((at, image[at], image[at + 1]), ((uint)model.Address, model.Id, model.Length));
            at += 2u + model.Length;
        }
        Assert.Equal(0xFFFF, image[at]);
    }

    static void Decode(RegisterMap map, Random random)
    {
        foreach (var block in ReadPlan.For(map.Points, map.Limits).Blocks)
        {
            Assert.InRange(block.Count, 1, MeterRequest.MaxWords);
            var answer = new byte[2 * block.Count];
            random.NextBytes(answer);
            foreach (var point in block.Points)
            {
                var guard = point.Guard!.Value;
                var place = answer.AsSpan(2 * (int)(guard.Address - block.Address));
                (place[0], place[1], place[2], place[3]) = ((byte)(guard.First >> 8), (byte)guard.First, (byte)(guard.Second >> 8), (byte)guard.Second);
                if (RegisterDecoder.Decode(point, block.Registers(point, answer), out var value) == Decoded.Value)
                    Assert.True(double.IsFinite(value) && point.Plausible.Holds(value));
            }
        }
    }
}
