using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Screens the batches of a group against the registry as it is now.</summary>
sealed class Screener(IRegistry registry, ReportingCalendar calendar, PipelineOptions options, TimeProvider clock)
{
    readonly LocalDays _days = LocalDays.Of(calendar);
    readonly CommitGroup.Scratch _scratch = new();

    /// <summary>The group of these tickets. The group before it is done with then.</summary>
    public CommitGroup Screen(IReadOnlyList<Ticket> tickets)
    {
        var snapshot = registry.Current;
        var group = new CommitGroup(tickets, snapshot, _scratch.Cleared());
        var facts = new DayFacts(snapshot);
        var now = clock.Now();
        var marked = default(MeterDay);
        for (var message = 0; message < group.Messages.Count; message++)
        {
            var batch = group.Messages[message];
            group.RefuseDecoded(message);
            for (var position = 0; position < batch.Readings.Count; position++)
            {
                var reading = batch.Readings[position];
                var day = new MeterDay(reading.Series.Meter, DayOf(reading.At));
                var verdict = Screening.Check(reading, facts.Of(day), batch.ArrivedAt, now, options);
                if (verdict.Code is not null)
                {
                    group.Refuse(message, position, verdict.Code, verdict.Reason);
                    continue;
                }
                if (day != marked) group.Days.Add(marked = day);
                group.Keep(verdict.Reading, message, position);
            }
        }
        return group;
    }

    /// <summary>The group of one batch that the store cannot take: nothing is to be written, and all of it is
    /// quarantined.</summary>
    public CommitGroup SetAside(Ticket batch, string reason)
    {
        var group = new CommitGroup([batch], registry.Current, _scratch.Cleared());
        group.SetAside(reason);
        return group;
    }

    // Screening refuses what lies outside its window; the calendar cannot name the days of all of it.
    DateOnly DayOf(Instant at) => at < Instant.From(options.Earliest) ? DateOnly.MinValue
        : at > Instant.From(DateTimeOffset.MaxValue) ? DateOnly.MaxValue : _days.DayOf(at);

    /// <summary>The facts of a meter on a day, looked up once for all readings of that day.</summary>
    sealed class DayFacts(RegistrySnapshot registry)
    {
        readonly Dictionary<MeterDay, MeterFacts?> _known = [];
        MeterDay _day;
        MeterFacts? _facts;

        public MeterFacts? Of(MeterDay day)
        {
            if (day == _day) return _facts;
            if (!_known.TryGetValue(day, out var facts))
                _known[day] = facts = registry.Meter(day.Meter)?.Facts.At(day.Day)?.Value;
            (_day, _facts) = (day, facts);
            return facts;
        }
    }
}
