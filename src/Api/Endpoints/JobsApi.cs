using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/jobs</c>: what runs on schedule, when it last ran and how it ended; each can be run by hand.</summary>
static class JobsApi
{
    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        api.MapGet("/jobs", async (JobRegister jobs, CancellationToken stop) => TypedResults.Ok(await jobs.ListAsync(stop)))
            .WithTags("administration").RequireAuthorization(Permissions.Audit).ForTheCounty();
        api.MapPost("/jobs/{name}/run", RunAsync).WithSummary("Runs a job as soon as possible.").WithTags("administration").RequireAuthorization(Permissions.Edit).ForTheCounty();
    }

    static async Task<IResult> RunAsync(
        string name, JobRegister jobs, IAuditLog audit, VisibleRegistry visible, TimeProvider clock, CancellationToken stop)
    {
        if (!await jobs.RunNowAsync(name, stop)) return Problem.NotFound($"job {name}");
        await audit.AddAsync(new AuditEntry(0, clock.Now(), visible.Caller.Name, "job.run", $"job {name}", null, null), stop);
        return TypedResults.Accepted("/api/v1/jobs");
    }
}
