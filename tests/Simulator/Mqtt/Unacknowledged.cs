namespace EnergyWatch.Simulator.Mqtt;

/// <summary>What was published and not yet acknowledged, in order. It outlives connections: that is the gateway's half of the promise.</summary>
sealed class Unacknowledged
{
    readonly Lock _lock = new();
    readonly LinkedList<(ushort Id, byte[] Packet)> _packets = [];
    TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ushort _lastId;

    public int Count { get { lock (_lock) return _packets.Count; } }

    /// <summary>Completes at the next acknowledgement.</summary>
    public Task NextAcknowledgement { get { lock (_lock) return _acknowledged.Task; } }

    public byte[] Add(string topic, byte[] payload)
    {
        lock (_lock)
        {
            do _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);
            while (_packets.Any(packet => packet.Id == _lastId));
            var packet = MqttWire.Publish(topic, _lastId, payload);
            _packets.AddLast((_lastId, packet));
            return packet;
        }
    }

    public void Acknowledge(ushort id)
    {
        lock (_lock)
        {
            for (var node = _packets.First; node is not null; node = node.Next)
            {
                if (node.Value.Id != id) continue;
                _packets.Remove(node);
                break;
            }
            _acknowledged.SetResult();
            _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>All of them, marked as duplicates, to be sent again on a new connection.</summary>
    public IReadOnlyList<byte[]> ToRepeat()
    {
        lock (_lock)
        {
            foreach (var (_, packet) in _packets) MqttWire.MarkDuplicate(packet);
            return [.. _packets.Select(packet => packet.Packet)];
        }
    }
}
