using System.Diagnostics;
using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>
/// Knows when everyone waits for time: loops for their next slot, lines for a pause, questions for an answer that is held back. Only then may
/// a test move its clock, and whatever real sockets take does not count.
/// </summary>
sealed class Stillness : IDisposable
{
    // Long enough for a reader to judge what lies before it; once nothing moves for so long, it waits for more.
    static readonly TimeSpan Judging = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan Answering = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    readonly Lock _lock = new();
    readonly SemaphoreSlim _changed = new(0);
    readonly List<Seat> _seats = [];
    int _loopsWaiting;

    public Seat AddSeat()
    {
        var seat = new Seat(this);
        lock (_lock) _seats.Add(seat);
        return seat;
    }

    /// <summary>A clock of which every wait counts as one of a loop.</summary>
    public TimeProvider ForLoops(TestClock clock) => new WatchedClock(clock, change => Change(() => _loopsWaiting += change), () => () => { });

    /// <param name="others">Waits on the loops' clock that are nobody's loop.</param>
    /// <param name="told">What to print where it does not come to rest.</param>
    public async Task ComeAsync(int others, Func<string> told)
    {
        var guard = Stopwatch.StartNew();
        while (!IsStill(others))
        {
            var judging = SomebodyJudges();
            if (!await _changed.WaitAsync(judging ? Judging : Answering) && !HoldAnswered(judging) && guard.Elapsed > Guard)
                throw new TimeoutException($"Nobody moves and not everyone waits: {told()}");
        }
    }

    public void Dispose() => _changed.Dispose();

    public override string ToString()
    {
        lock (_lock)
            return $"{_loopsWaiting} wait on the loops' clock; {string.Join("; ", _seats.Select(seat => $"asking {seat.Asks} held {seat.Held} pauses {seat.Pauses}"))}";
    }

    bool SomebodyJudges()
    {
        lock (_lock) return _seats.Any(seat => seat is { Asks: true, Held: false, Judges: true });
    }

    // Bytes that the reader may refuse at once or take for the beginning of an answer; also a right answer behind a spoilt one.
    bool HoldAnswered(bool judging)
    {
        lock (_lock)
        {
            var waiting = _seats.Where(seat => seat is { Asks: true, Held: false, Pauses: 0 } && (seat.Judges || !judging)).ToList();
            foreach (var seat in waiting) seat.HoldAnswered();
            return waiting.Count > 0;
        }
    }

    bool IsStill(int others)
    {
        lock (_lock)
        {
            var asking = _seats.Count(seat => seat.Asks);
            return _loopsWaiting - others + asking == _seats.Count && _seats.All(seat => seat.Coming == 0 && (!seat.Asks || seat.Held || seat.Pauses > 0));
        }
    }

    void Change(Action change)
    {
        lock (_lock) change();
        _changed.Release();
    }

    /// <summary>One endpoint: its line and its server.</summary>
    public sealed class Seat(Stillness all)
    {
        int _ask;
        bool _sent;

        public bool Asks { get; private set; }
        public bool Held { get; private set; }
        public bool Judges { get; private set; }
        public int Pauses { get; private set; }

        /// <summary>How many pieces the server is about to send.</summary>
        public int Coming { get; private set; }

        TimeProvider ForLine(TestClock clock) => new WatchedClock(clock, change => all.Change(() => Pauses += change), Ending);

        /// <summary>
        /// A request arrived: the ask it belongs to, or none where the client has gone on without waiting for it, which it has not as long
        /// as it is still on the same connection.
        /// </summary>
        public int Arrived(Func<bool> isLeft)
        {
            var ask = 0;
            all.Change(() => ask = _ask);
            if (isLeft()) return -1;
            all.Change(() => (Held, Judges) = (Held && ask != _ask, Judges && ask != _ask));
            return ask;
        }

        /// <summary>The server does nothing more for this ask until time passes, and what it sent cannot end it.</summary>
        public void Hold(int ask) => all.Change(() => Held |= ask == _ask);

        /// <summary>The server sent what may end this ask or not.</summary>
        public void LetJudge(int ask) => all.Change(() => Judges |= ask == _ask);

        public void HoldAnswered() => Held = true;

        /// <summary>After a time, in which whoever sends it is not waited for; then it is, until it is sent.</summary>
        public async Task<IDisposable> ComesAsync(TimeSpan pause, TestClock clock)
        {
            var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var timer = clock.CreateTimer(
                _ =>
                {
                    Change(() => Coming++);
                    due.SetResult();
                },
                null, pause, Timeout.InfiniteTimeSpan);
            await due.Task;
            return new Sending(this);
        }

        public IModbusTransport Open(ModbusEndpoint endpoint, TestClock clock) => new WatchedTransport(
            this, new LineTransport(endpoint, new WatchedLink(this, new TcpLink(endpoint)), TimeSpan.FromSeconds(3), ForLine(clock)));

        void Change(Action change) => all.Change(change);

        // A deadline has passed: what was held is no longer, unless another question has been asked since.
        Action Ending()
        {
            var ask = 0;
            all.Change(() => ask = _ask);
            return () => all.Change(() => (Held, Judges) = (Held && ask != _ask, Judges && ask != _ask));
        }

        void Begin() => all.Change(() => (Asks, Held, Judges, _sent, _ask) = (true, false, false, false, _ask + 1));

        void End() => all.Change(() => Asks = false);

        sealed class Sending(Seat seat) : IDisposable
        {
            public void Dispose() => seat.Change(() => seat.Coming--);
        }

        // Whatever held the question until now, it is on its way.
        sealed class WatchedLink(Seat seat, ILink link) : ILink
        {
            public bool IsOpen => link.IsOpen;
            public int Unread => link.Unread;
            public bool IsGone => link.IsGone;
            public ValueTask OpenAsync(CancellationToken stop) => link.OpenAsync(stop);
            public bool ClosingHelps => link.ClosingHelps;
            public TimeSpan Silence => link.Silence;
            public TimeSpan OnTheWire(int bytes) => link.OnTheWire(bytes);
            // What is heard on the next connection comes before a question, until one is sent.
            public void Close()
            {
                link.Close();
                seat.Change(() => seat._sent = false);
            }
            public ValueTask DisposeAsync() => link.DisposeAsync();

            // Before a question is sent, a line listens for what is still to come, until it has been quiet for a time.
            public ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop)
            {
                seat.Change(() => seat.Judges |= !seat._sent);
                return link.ReceiveAsync(room, stop);
            }

            public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
            {
                seat.Change(() => (seat.Held, seat.Judges, seat._sent) = (false, false, true));
                return link.SendAsync(bytes, stop);
            }
        }

        sealed class WatchedTransport(Seat seat, IModbusTransport transport) : IModbusTransport
        {
            public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
            {
                seat.Begin();
                try
                {
                    return await transport.AskAsync(request, timing, stop);
                }
                finally
                {
                    seat.End();
                }
            }

            public async IAsyncEnumerable<IndexedAnswer> AskAllAsync(
                IReadOnlyList<MeterRequest> requests, ModbusTiming timing, [EnumeratorCancellation] CancellationToken stop)
            {
                seat.Begin();
                try
                {
                    await foreach (var answer in transport.AskAllAsync(requests, timing, stop)) yield return answer;
                }
                finally
                {
                    seat.End();
                }
            }

            public TimeSpan Owed => transport.Owed;

            public ValueTask DisposeAsync() => transport.DisposeAsync();
        }
    }
}
