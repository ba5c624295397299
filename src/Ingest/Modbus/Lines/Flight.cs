using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <param name="From">Where in the stream its answer may begin: what had come before it was sent is not its own, whatever id it bears.</param>
/// <param name="Started">Timestamp of its sending.</param>
/// <param name="Due">Timestamp of its deadline.</param>
readonly record struct SentQuestion(ushort Id, int Index, long From, Instant At, long Started, long Due);

/// <summary>Several questions to one endpoint, and which of them are on the way.</summary>
sealed class Flight(IReadOnlyList<MeterRequest> requests, ModbusTiming timing)
{
    readonly List<SentQuestion> _onTheWay = [];
    int _asked;

    public IReadOnlyList<MeterRequest> Requests => requests;

    public ModbusTiming Timing => timing;

    /// <summary>The first question that was not answered in its time; nothing more is asked after it.</summary>
    public ModbusLinkException? Silence { get; set; }

    public bool IsEmpty => _onTheWay.Count == 0;

    /// <summary>Timestamp of the next deadline.</summary>
    public long NextDue => _onTheWay[0].Due;

    /// <summary>The next question, where there is one and room for it.</summary>
    public bool Next(out MeterRequest request)
    {
        var may = Silence is null && _asked < requests.Count && _onTheWay.Count < timing.MaxInFlight;
        request = may ? requests[_asked] : default;
        return may;
    }

    /// <summary>It goes out now, under this id.</summary>
    public void Add(ushort id, long from, TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        var due = started + (long)(timing.ResponseTimeout.TotalSeconds * clock.TimestampFrequency);
        _onTheWay.Add(new(id, _asked++, from, clock.Now(), started, due));
    }

    public SentQuestion? Find(ushort id)
    {
        foreach (var question in _onTheWay)
            if (question.Id == id) return question;
        return null;
    }

    public void Remove(SentQuestion question) => _onTheWay.Remove(question);

    /// <summary>Takes out those whose time is over.</summary>
    public IReadOnlyList<SentQuestion> RemoveDue(long now)
    {
        var late = _onTheWay.FindAll(question => question.Due <= now);
        _onTheWay.RemoveAll(question => question.Due <= now);
        return late;
    }
}
