using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Api.Registry;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Endpoints;

/// <summary>One dated fact set over the API: the same way as a row of a file, with the same checks and audit.</summary>
sealed class RegistryChange(IRegistryEditor editor, SpokenDialects dialects, VisibleRegistry visible)
{
    public static readonly RowPlace Place = new("request", 1);

    static readonly DateOnly Earliest = new(2000, 1, 1);

    /// <summary>What is left out of a fact is refused: a default would become a fact that nobody stated.</summary>
    public static IResult Missing(string field) => Problem.Bad($"{field} must be given.", "MISSING_FIELD");

    public Task<IResult> ApplyAsync(DateOnly? validFrom, Func<DateOnly, RegistryRows> rows, CancellationToken stop) => validFrom is { } from
        ? ApplyAsync(rows(from), stop)
        : Task.FromResult(Missing("validFrom"));

    public async Task<IResult> ApplyAsync(RegistryRows rows, CancellationToken stop)
    {
        // Facts of one institution show in the figures of all above it, and a gateway serves many: only the county changes the registry.
        if (!visible.Caller.Scope.IsCounty) return Problem.Forbidden();
        if (Days(rows).Any(day => day < Earliest)) return Problem.Bad($"validFrom lies before {Earliest:yyyy-MM-dd}.");
        try
        {
            dialects.Check(rows);
            var registry = await editor.ApplyAsync(rows, visible.Caller.Name, stop);
            return TypedResults.Ok(new RegistryAnswer(registry.Version));
        }
        catch (RegistryRefusedException refused)
        {
            return Problem.Of(
                StatusCodes.Status422UnprocessableEntity, "REGISTRY_REFUSED", "The registry was not changed",
                refused.Faults[0].Reason, refused.Faults.Select(fault => new { fault.Column, fault.Reason }));
        }
    }

    static IEnumerable<DateOnly> Days(RegistryRows rows) =>
    [
        .. rows.Institutions.Select(row => row.ValidFrom), .. rows.Areas.Select(row => row.ValidFrom),
        .. rows.HeadCounts.Select(row => row.ValidFrom), .. rows.Meters.Select(row => row.ValidFrom), .. rows.Gateways.Select(row => row.ValidFrom),
    ];

    public sealed record RegistryAnswer(long RegistryVersion);
}
