using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/meters</c>: meters with their state and last readings, and new dated facts about them.</summary>
static class MetersApi
{
    public static void MapMeters(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/meters").WithTags("registry").RequireAuthorization(Permissions.Read);
        group.MapGet("/", ListAsync).Produces<Page<MeterAnswer>>()
            .WithSummary("Meters as of a day, with state (online, late, failing, offline, never), last readings and last fault.");
        group.MapGet("/{code}", ShowAsync).Produces<MeterDetail>().WithSummary("A meter with every dated fact known of it.");

        var edit = api.MapGroup("/meters").WithTags("registry").RequireAuthorization(Permissions.Edit);
        edit.MapPut("/{code}", PutAsync).Produces<RegistryChange.RegistryAnswer>();
        edit.MapPut("/{code}/replacements", (string code, MeterReplacement body, RegistryChange change, CancellationToken stop) =>
            change.ApplyAsync(new RegistryRows { Replacements = [new(RegistryChange.Place, code, body)] }, stop))
            .Produces<RegistryChange.RegistryAnswer>();
    }

    static async Task<IResult> ListAsync(
        [AsParameters] PageRequest page, string? institution, string? gateway, string? state, DateOnly? asOf,
        VisibleRegistry visible, MeterWatch watch, CancellationToken stop)
    {
        var day = asOf ?? visible.Today;
        var meters = visible.Snapshot.Meters.Where(meter => meter.Facts.At(day)?.Value is { } facts
            && (institution is null || facts.Institution == institution) && (gateway is null || facts.Gateway == gateway)).ToList();
        var seen = await watch.OfAsync(meters, stop);
        var matching = meters.Where(meter => state is null || seen[meter.Id].State.Key() == state);
        return TypedResults.Ok(page.Cut(matching, meter => meter.Code, meter => MeterAnswer.Of(meter, day, seen[meter.Id])));
    }

    static async Task<IResult> ShowAsync(string code, DateOnly? asOf, VisibleRegistry visible, MeterWatch watch, CancellationToken stop)
    {
        if (visible.Snapshot.Meter(code) is not { } meter) return visible.Refuse("meter", code);
        if (asOf is { } then && meter.Facts.At(then) is null) return Problem.NotFound($"meter {code} on {then:yyyy-MM-dd}");
        var seen = await watch.OfAsync([meter], stop);
        return TypedResults.Ok(new MeterDetail(
            MeterAnswer.Of(meter, asOf ?? visible.Today, seen[meter.Id]), meter.Facts.Facts, meter.Replacements));
    }

    static async Task<IResult> PutAsync(string code, MeterRequest body, VisibleRegistry visible, RegistryChange change, CancellationToken stop)
    {
        if (body.ValidFrom is not { } validFrom) return RegistryChange.Missing("validFrom");
        if (body.Multiplier is not { } multiplier) return RegistryChange.Missing("multiplier");
        if (body.IntervalS is not { } intervalS) return RegistryChange.Missing("intervalS");
        if (!Carriers.TryParse(body.Carrier, out var carrier)) return Problem.Bad($"carrier must be one of {string.Join(", ", Carriers.All.Select(c => c.Key()))}.");
        if (!MeterRoles.TryParse(body.Role, out var role)) return Problem.Bad("role must be one of main, sub, pv_generation, grid_import, grid_export, ev_charging, check.");
        var facts = new MeterFacts(
            body.Institution, body.Name, role, body.Parent, multiplier, body.RatedPowerKw, body.RegisterMax,
            intervalS, body.Model, body.Gateway, body.Address);
        return await change.ApplyAsync(
            new RegistryRows { Meters = [new MeterRow(RegistryChange.Place, code, carrier, validFrom, body.ValidTo, facts)] }, stop);
    }

    public sealed record MeterRequest(
        DateOnly? ValidFrom, DateOnly? ValidTo, string Institution, string Name, string Carrier, string Role, string? Parent, double? Multiplier,
        double? RatedPowerKw, double? RegisterMax, int? IntervalS, string? Model, string? Gateway, string? Address);
}

/// <summary>A meter on a day, with how fresh its data is and what was last wrong with it.</summary>
sealed record MeterAnswer(
    string Code, string Name, string Institution, string Carrier, string Role, string? Parent, double Multiplier, double? RatedPowerKw,
    double? RegisterMax, int IntervalS, string? Model, string? Gateway, string? Address, string State, Instant? LastReadingAt,
    IReadOnlyList<LastValue> LastReadings, string? LastFault, Instant? LastFaultAt)
{
    public static MeterAnswer Of(Meter meter, DateOnly day, MeterSight seen)
    {
        var facts = meter.Shown(day);
        return new MeterAnswer(
            meter.Code, facts.Name, facts.Institution, meter.Carrier.Key(), facts.Role.Key(), facts.Parent, facts.Multiplier,
            facts.RatedPowerKw, facts.RegisterMax, facts.IntervalS, facts.Model, facts.Gateway, facts.Address,
            seen.State.Key(), seen.LastReadingAt, [.. seen.Latest.Select(LastValue.Of)], seen.Field?.Fault, seen.Field?.FaultAt);
    }
}

/// <summary>The newest value of one quantity, as read (no multiplier), in its canonical unit.</summary>
sealed record LastValue(string Quantity, double V, string U, Instant At)
{
    public static LastValue Of(Reading reading) =>
        new(reading.Series.Quantity.Key(), reading.Value, reading.Series.Quantity.Unit(), reading.At);
}

sealed record MeterDetail(MeterAnswer Current, IReadOnlyList<Dated<MeterFacts>> Facts, IReadOnlyList<MeterReplacement> Replacements);

/// <summary>What is known of a meter's freshness. <c>Field</c> is what the ingest role last noted of it.</summary>
sealed record MeterSight(MeterState State, Instant? LastReadingAt, IReadOnlyList<Reading> Latest, FieldState? Field);

/// <summary>Looks up how fresh meters are, for any number of them in two queries.</summary>
sealed class MeterWatch(ISeriesReader series, IFieldStates field, ReportingCalendar calendar, TimeProvider clock)
{
    public async Task<IReadOnlyDictionary<MeterId, MeterSight>> OfAsync(IReadOnlyCollection<Meter> meters, CancellationToken stop)
    {
        var now = clock.Now();
        var day = calendar.DayOf(now);
        var latest = (await series.LatestAsync([.. meters.Select(meter => meter.Id)], stop)).ToLookup(reading => reading.Series.Meter);
        var noted = (await field.ListAsync(stop)).Where(state => state.Meter is not null).ToLookup(state => state.Meter!);
        return meters.ToDictionary(meter => meter.Id, meter =>
        {
            // The newest reading of a meter that moved away is another institution's.
            var told = latest[meter.Id].Where(reading => !meter.IsPart || meter.Facts.At(calendar.DayOf(reading.At)) is not null).ToList();
            Instant? last = told.Count > 0 ? told.Max(reading => reading.At) : null;
            // After our clock was set back its last answer tells more than a reading of the future.
            var heard = last > now ? noted[meter.Code].Max(state => state.LastSeen <= now ? state.LastSeen : null) ?? last : last;
            return new MeterSight(
                MeterStates.Of(heard, meter.Shown(day).IntervalS, now), last,
                [.. told.OrderBy(reading => reading.Series.Quantity)], noted[meter.Code].MaxBy(state => state.FaultAt));
        });
    }
}
