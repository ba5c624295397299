using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Endpoints;

/// <summary>One dated fact set over the API: the same way as a row of a file, with the same checks and audit.</summary>
sealed class RegistryChange(IRegistryEditor editor, VisibleRegistry visible)
{
    public static readonly RowPlace Place = new("request", 1);

    public async Task<IResult> ApplyAsync(RegistryRows rows, CancellationToken stop)
    {
        try
        {
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

    public sealed record RegistryAnswer(long RegistryVersion);
}
