using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Push;

namespace EnergyWatch.Api.Access;

/// <summary>For which meters the caller of a push may deliver: those of its scope, or a gateway's own.</summary>
sealed class PushScope(IRegistry registry, ReportingCalendar calendar, TimeProvider clock) : IPushScope
{
    public RegistrySnapshot Registry(HttpContext http) => Caller.Of(http.User).Scope.Of(registry.Current, calendar.DayOf(clock.Now()));

    public string Source(HttpContext http) => $"http:{Caller.Of(http.User).Name}";

    public string? Gateway(HttpContext http) => Caller.Of(http.User).Gateway;
}
