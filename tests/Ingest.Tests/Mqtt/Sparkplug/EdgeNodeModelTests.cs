using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Sparkplug;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// A reference model of an edge node that dies, is born, gives its aliases another meaning with every birth, and whose
/// messages are lost, doubled, delayed and reordered on the way. Each value says which metric it is of, so that one under
/// another name shows. ENERGYWATCH_FUZZ sets the number of messages.
/// </summary>
public sealed class EdgeNodeModelTests
{
    const int Seed = 20261120;

    [Fact]
    public void No_value_is_ever_stored_under_another_name()
    {
        var messages = int.Parse(
            Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ") ?? "60000", CultureInfo.InvariantCulture);
        var random = new Random(Seed);
        var (stored, sent) = (0, 0);
        while (sent < messages)
        {
            using var edge = new EdgeNodeUnderTest();
            var model = new Model(random, isTidy: false);
            for (var i = 0; i < 600; i++) model.Step(edge);
            sent += model.Sent;
            stored += Check(edge, model);
        }
        Assert.True(stored > sent / 4, $"Only {stored} values of {sent} messages are stored: the model tests nothing.");
    }

    [Fact]
    public void Over_a_good_line_every_value_is_stored_and_nothing_refused()
    {
        using var edge = new EdgeNodeUnderTest();
        var model = new Model(new Random(Seed), isTidy: true);
        for (var i = 0; i < 3000; i++) model.Step(edge);
        Assert.Equal(model.Values, Check(edge, model));
        Assert.Empty(edge.Refused);
        Assert.Equal(0, edge.Rebirths);
    }

    // A value is device × 10 + metric, with a running number behind: 1 energy_import, 2 power, 3 energy_export.
    static int Check(EdgeNodeUnderTest edge, Model model)
    {
        foreach (var reading in edge.Stored)
        {
            var meaning = (int)(reading.Value / Model.Numbers);
            var expected = (meaning / 10, Model.Quantities[meaning % 10 - 1]);
            Assert.True(
                expected == (reading.Series.Meter.Value, reading.Series.Quantity),
                $"Seed {Seed}: {reading.Value} of {expected} is stored as {reading.Series} after {model.Sent} messages.");
        }
        Assert.True(edge.HeldBytes == 0 || edge.Held > 0, "Bytes are held of which no message is left.");
        return edge.Stored.Count;
    }

    sealed class Model(Random random, bool isTidy)
    {
        public const double Numbers = 1_000_000;
        public static readonly Quantity[] Quantities = [Quantity.EnergyImport, Quantity.Power, Quantity.EnergyExport];

        static readonly string[] Names = ["Energy/Import", "Power/Active", "Energy/Export"];

        readonly Dictionary<int, ulong[]> _devices = [];
        readonly List<(int Due, Action<EdgeNodeUnderTest> Deliver)> _onTheWay = [];
        int _clock;
        int _number;
        int _seq;
        int _bdSeq;
        bool _isBorn;

        public int Sent { get; private set; }

        public int Values { get; private set; }

        public void Step(EdgeNodeUnderTest edge)
        {
            edge.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(1, 400)));
            Act(edge.Now);
            _clock++;
            foreach (var message in _onTheWay.Where(message => message.Due <= _clock).ToList())
            {
                _onTheWay.Remove(message);
                message.Deliver(edge);
            }
            if (edge.Rebirths > _asked && random.Next(3) > 0) NodeBirth(edge.Now + 1);
            edge.Clock.Advance(TimeSpan.FromMilliseconds(1));
            _asked = edge.Rebirths;
        }

        int _asked;

        void Act(ulong now)
        {
            var what = random.Next(100);
            if (!_isBorn || what < 2) NodeBirth(now);
            else if (what < 3 && !isTidy) Die(now);
            else if (what < 12) DeviceBirth(random.Next(1, 3), now);
            else if (what < 14 && _devices.Count > 0) DeviceDeath(now);
            else if (_devices.Count > 0) Data(now);
        }

        void NodeBirth(ulong now)
        {
            _isBorn = true;
            _seq = random.Next(4) == 0 ? random.Next(256) : 0;
            if (random.Next(2) == 0) _bdSeq = (_bdSeq + 1) % 256;
            _devices.Clear();
            var (seq, bdSeq) = (Next(), _bdSeq);
            Send(edge => edge.NodeBirth(seq, bdSeq, now));
        }

        void DeviceBirth(int device, ulong now)
        {
            // Every birth gives its aliases another meaning; the pool is small, so that old and new ones meet.
            var aliases = Enumerable.Range(0, 8).OrderBy(_ => random.Next()).Take(3).Select(alias => (ulong)alias).ToArray();
            _devices[device] = aliases;
            var values = Names.Select((name, i) => SparkplugBytes.Metric(
                name, aliases[i], now, Value(device, i), unit: i == 1 ? "kW" : "kWh")).ToArray();
            var seq = Next();
            Values += values.Length;
            Send(edge => edge.DeviceBirth(seq, $"D{device}", now, values));
        }

        void DeviceDeath(ulong now)
        {
            var device = _devices.Keys.First();
            _devices.Remove(device);
            var seq = Next();
            Send(edge => edge.Take(MessageKind.DeviceDeath, $"D{device}", SparkplugBytes.Payload(now, seq)));
        }

        void Data(ulong now)
        {
            var (device, aliases) = _devices.ElementAt(random.Next(_devices.Count));
            var count = random.Next(1, 4);
            var values = Enumerable.Range(0, count).Select(_ => random.Next(3)).Select(i => SparkplugBytes.Metric(
                random.Next(4) == 0 ? Names[i] : null, aliases[i], now, Value(device, i), type: null)).ToArray();
            var (seq, qos) = (Next(), !isTidy && random.Next(10) == 0 ? 1 : 0);
            Values += count;
            Send(edge => edge.DeviceData(seq, $"D{device}", now, qos, values));
        }

        void Die(ulong now)
        {
            _isBorn = false;
            var bdSeq = _bdSeq;
            Send(edge => edge.Take(MessageKind.NodeDeath, "", SparkplugBytes.Payload(now, null, SparkplugBytes.BdSeq(bdSeq))));
        }

        double Value(int device, int metric) => (device * 10 + metric + 1) * Numbers + ++_number % Numbers;

        int Next()
        {
            var seq = _seq;
            _seq = (_seq + 1) % 256;
            return seq;
        }

        void Send(Action<EdgeNodeUnderTest> deliver)
        {
            Sent++;
            var fate = isTidy ? 99 : random.Next(100);
            if (fate < 5) return;
            _onTheWay.Add((_clock + (fate < 15 ? random.Next(1, 12) : 0), deliver));
            if (fate is >= 15 and < 20) _onTheWay.Add((_clock + random.Next(0, 300), deliver));
        }
    }
}
