using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

/// <summary>A unit in memory: it answers from its registers, and refuses what it does not have.</summary>
sealed class RegisterBus(TestClock clock, SunSpecImage image) : IModbusTransport
{
    readonly Lock _lock = new();
    readonly List<MeterRequest> _asked = [];

    /// <summary>The registers it answers from now.</summary>
    public SunSpecImage Image { get; set; } = image;

    /// <summary>What else a request may get: a fault to throw or an exception; data where both are none.</summary>
    public Func<MeterRequest, (LinkFault? Fault, ModbusExceptionCode Code)> Behave { get; set; } = _ => (null, ModbusExceptionCode.None);

    /// <summary>Runs after each answer; a test changes the unit here.</summary>
    public Action<MeterRequest> Answered { get; set; } = _ => { };

    /// <summary>How long an answer takes on the test's clock; none at all where it is zero.</summary>
    public TimeSpan AnswerTime { get; set; }

    public IReadOnlyList<MeterRequest> Asked { get { lock (_lock) return [.. _asked]; } }

    public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        lock (_lock) _asked.Add(request);
        var (sentAt, image) = (clock.Instant, Image);
        var (fault, code) = Behave(request);
        if (AnswerTime > TimeSpan.Zero) await Task.Delay(AnswerTime, clock, stop);
        if (fault is { } why) throw new ModbusLinkException(why, $"bus unit {request.Unit}: {why}");
        Assert.Equal(MeterFunction.HoldingRegisters, request.Function);
        Assert.InRange(request.Count, 1, MeterRequest.MaxWords);
        var data = code == ModbusExceptionCode.None ? image.Read(request.Address, request.Count) : null;
        if (code == ModbusExceptionCode.None && data is null) code = ModbusExceptionCode.IllegalDataAddress;
        Answered(request);
        return new(sentAt, code, data);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The registers of a SunSpec unit, built as its maker would: marker, models, end.</summary>
sealed class SunSpecImage
{
    readonly Dictionary<uint, ushort> _registers = [];
    uint _next;

    public static SunSpecImage At(ushort start)
    {
        var image = new SunSpecImage { _next = start };
        image.Append(0x5375, 0x6E53);
        return image;
    }

    /// <summary>A unit as it was read: <c>address: words in hex</c>, a line each.</summary>
    public static SunSpecImage Of(IEnumerable<string> lines)
    {
        var image = new SunSpecImage();
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            var cells = line.Split(':');
            image._next = uint.Parse(cells[0], System.Globalization.CultureInfo.InvariantCulture);
            image.Append([.. cells[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Convert.ToUInt16(word, 16))]);
        }
        return image;
    }

    /// <summary>Where the model was put that was added last.</summary>
    public ushort Last { get; private set; }

    public SunSpecImage Common(string manufacturer = "Acme", string model = "X1", string serial = "S-1", ushort length = 66)
    {
        var points = new ushort[length];
        Text(points, 0, 16, manufacturer);
        Text(points, 16, 16, model);
        Text(points, 40, 8, "1.02");
        Text(points, 48, 16, serial);
        return Model(1, points);
    }

    public SunSpecImage Model(ushort id, params ushort[] points)
    {
        Last = (ushort)_next;
        Append([id, (ushort)points.Length, .. points]);
        return this;
    }

    /// <summary>A model of this length with words at offsets from its id; 0 in all other registers.</summary>
    public SunSpecImage Sparse(ushort id, int length, params (int At, ushort Word)[] words)
    {
        var points = new ushort[length];
        foreach (var (at, word) in words) points[at - 2] = word;
        return Model(id, points);
    }

    public SunSpecImage End()
    {
        Append(0xFFFF, 0);
        return this;
    }

    /// <summary>Registers that stand there whatever they mean.</summary>
    public SunSpecImage Raw(params ushort[] words)
    {
        Append(words);
        return this;
    }

    public ushort this[uint address]
    {
        get => _registers[address];
        set => _registers[address] = value;
    }

    public byte[]? Read(uint address, int count)
    {
        var data = new byte[2 * count];
        for (var i = 0; i < count; i++)
        {
            if (!_registers.TryGetValue((uint)(address + i), out var word)) return null;
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2 * i), word);
        }
        return data;
    }

    void Append(params ushort[] words)
    {
        foreach (var word in words) _registers[_next++] = word;
    }

    static void Text(ushort[] points, int at, int words, string text)
    {
        for (var i = 0; i < text.Length && i < 2 * words; i++) points[at + i / 2] |= (ushort)(text[i] << (i % 2 == 0 ? 8 : 0));
    }
}
