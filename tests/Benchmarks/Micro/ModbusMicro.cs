using BenchmarkDotNet.Attributes;
using EnergyWatch.Benchmarks.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Benchmarks.Micro;

/// <summary>What one read of 60 registers costs apart from the socket. All but the plan, which is made once for a meter, allocate nothing.</summary>
public class ModbusMicro
{
    const ushort Id = 7;
    static readonly MeterRequest Request = new(1, MeterFunction.HoldingRegisters, 0, 60);

    readonly byte[] _request = new byte[260];
    readonly byte[] _mbap = new byte[9 + 120];
    readonly byte[] _rtu = new byte[5 + 120];
    RegisterMap _model = null!;
    ReadBlock _block = null!;
    IModbusTransport _transport = null!;

    [GlobalSetup]
    public void Prepare()
    {
        Registers.Answer(_request.AsSpan(0, MbapFrame.Codec.Write(_request, Request, Id)), _mbap);
        _mbap.AsSpan(6, 3 + 120).CopyTo(_rtu);
        BitConverter.TryWriteBytes(_rtu.AsSpan(123), Crc16.Of(_rtu.AsSpan(0, 123)));
        _model = CountyModel.Load();
        _block = ReadPlan.For(_model).Blocks[0];
        var endpoint = new ModbusEndpoint("in memory", 1, ModbusFraming.Tcp);
        _transport = new LineTransport(endpoint, new EchoLink(), TimeSpan.FromSeconds(3), TimeProvider.System);
        if (!MbapMatch() || !RtuMatch() || DecodeBlock() == 0)
            throw new InvalidOperationException("The frames that are to be measured are not taken for answers.");
    }

    [Benchmark]
    public int MbapWrite() => MbapFrame.Codec.Write(_request, Request, Id);

    [Benchmark]
    public bool MbapMatch() => MbapFrame.Codec.Match(_mbap, Request, Id, 5).Verdict == FrameVerdict.Answer;

    [Benchmark]
    public bool RtuMatch() => RtuFrame.Codec.Match(_rtu, Request, Id, 5).Verdict == FrameVerdict.Answer;

    [Benchmark]
    public int CrcOf123Bytes() => Crc16.Of(_rtu.AsSpan(0, 123));

    [Benchmark]
    public double DecodeBlock()
    {
        var sum = 0d;
        var answer = _mbap.AsSpan(9);
        for (var i = 0; i < _block.Points.Count; i++)
            if (RegisterDecoder.TryDecode(_block.Points[i], _block.Registers(_block.Points[i], answer), out var value)) sum += value;
        return sum;
    }

    [Benchmark]
    public int ReadPlanOfModel() => ReadPlan.For(_model).Blocks.Count;

    /// <summary>A whole exchange over a link in memory: deadline, metrics, instants, codec; everything but the socket.</summary>
    [Benchmark]
    public ValueTask<ModbusAnswer> ExchangeInMemory() => _transport.AskAsync(Request, ModbusTiming.Default, default);

    /// <summary>Answers each question at once.</summary>
    sealed class EchoLink : ILink
    {
        readonly byte[] _answer = new byte[260];
        int _length;

        public bool IsOpen { get; private set; }
        public int Unread => 0;
        public bool IsGone => false;
        public bool ClosingHelps => true;
        public TimeSpan Silence => TimeSpan.Zero;

        public TimeSpan OnTheWire(int bytes) => TimeSpan.Zero;

        public ValueTask OpenAsync(CancellationToken stop)
        {
            IsOpen = true;
            return default;
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            _length = Registers.Answer(bytes.Span, _answer);
            return default;
        }

        public ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop)
        {
            _answer.AsSpan(0, _length).CopyTo(room.Span);
            return new(_length);
        }

        public void Close() => IsOpen = false;

        public ValueTask DisposeAsync()
        {
            Close();
            return default;
        }
    }
}
