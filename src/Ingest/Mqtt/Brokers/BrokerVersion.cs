using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// Which version to speak: 5 until the broker says that it speaks none. One that closes without a word may mean the
/// same: then both are tried in turn, until one is answered.
/// </summary>
sealed class BrokerVersion(bool speaks5)
{
    bool _isSure = !speaks5;

    public MqttVersion Now { get; private set; } = speaks5 ? MqttVersion.V5 : MqttVersion.V311;

    public void Answered() => _isSure = true;

    public void Refused() => (Now, _isSure) = (MqttVersion.V311, true);

    public void Unanswered()
    {
        if (!_isSure) Now = Now == MqttVersion.V5 ? MqttVersion.V311 : MqttVersion.V5;
    }
}
