namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>Whether we hold back reading from a broker; while we do, its answers may stand unread behind messages.</summary>
sealed class HoldBack
{
    volatile bool _isOn;
    volatile int _times;

    /// <summary>True while the window is full and no message is taken.</summary>
    public bool IsOn => _isOn;

    public void Begin()
    {
        _times++;
        _isOn = true;
    }

    public void End() => _isOn = false;

    /// <summary>Waits for an answer of the broker; the limit begins anew where we did not listen all the time.</summary>
    /// <exception cref="TimeoutException">We listened for as long as the limit, and it did not come.</exception>
    public async Task<T> HearAsync<T>(Task<T> answer, TimeSpan limit, TimeProvider clock, CancellationToken stop)
    {
        while (true)
        {
            var (wasOn, times) = (_isOn, _times);
            try
            {
                return await answer.WaitAsync(limit, clock, stop);
            }
            catch (TimeoutException) when (wasOn || times != _times)
            {
                // That silence was ours.
            }
        }
    }
}
