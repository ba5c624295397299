using System.Threading.Tasks.Sources;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>How much one client takes.</summary>
/// <param name="InFlight">Messages of QoS 1 and 2 that may be unacknowledged at once.</param>
/// <param name="PacketBytes">The largest packet; what is larger is left out as if it had been sent (5.0 §3.1.2.11.4).</param>
readonly record struct ClientLimits(MqttVersion Version, int InFlight, long PacketBytes);

/// <summary>
/// One connection's hold on a queue. One waits, anybody rings; a ring that finds nobody waiting is not lost, and waiting
/// allocates nothing.
/// </summary>
sealed class Attachment(ClientLimits limits) : IValueTaskSource
{
    readonly Lock _lock = new();
    ManualResetValueTaskSourceCore<bool> _news = new() { RunContinuationsAsynchronously = true };
    OperationCanceledException? _end;
    bool _isRung = true;
    bool _isAwaited;

    public ClientLimits Limits => limits;

    /// <summary>Waits until there may be something to send.</summary>
    /// <exception cref="OperationCanceledException">It has ended.</exception>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_end is not null) return ValueTask.FromException(_end);
            if (_isRung)
            {
                _isRung = false;
                return default;
            }
            _news.Reset();
            _isAwaited = true;
            return new ValueTask(this, _news.Version);
        }
    }

    public void Ring()
    {
        lock (_lock)
        {
            if (_isAwaited) _news.SetResult(true);
            else _isRung = true;
            _isAwaited = false;
        }
    }

    /// <summary>Whoever waits, now or later, is told that the connection ends.</summary>
    public void End(CancellationToken stop)
    {
        lock (_lock)
        {
            _end ??= new OperationCanceledException(stop);
            if (_isAwaited) _news.SetException(_end);
            _isAwaited = false;
        }
    }

    void IValueTaskSource.GetResult(short token) => _news.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _news.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _news.OnCompleted(continuation, state, token, flags);
}
