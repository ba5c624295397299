using EnergyWatch.Api.Problems;

namespace EnergyWatch.Api.Access;

/// <summary>Affairs of the whole county (accounts, audit, jobs, quarantine): refused to whoever sees only a part of it, whatever the role.</summary>
static class CountyOnly
{
    public static TBuilder ForTheCounty<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
            Caller.Of(context.HttpContext.User).Scope.IsCounty ? await next(context) : Problem.Forbidden());
}
