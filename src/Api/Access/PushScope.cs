using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Push;

namespace EnergyWatch.Api.Access;

/// <summary>For which meters the caller of a push may deliver: those of its scope, or a gateway's own.</summary>
sealed class PushScope(IRegistry registry, ReportingCalendar calendar, TimeProvider clock) : IPushScope
{
    public RegistrySnapshot Registry(HttpContext http) => Caller.Of(http.User).Scope.Of(registry.Current, calendar.DayOf(clock.Now()));

    // What a replay needs to give the sender no more than it had: the gateway, or the account with its scope.
    public string Source(HttpContext http)
    {
        var caller = Caller.Of(http.User);
        return caller.Gateway is null ? $"http:{caller.Name}@{caller.Scope.Text}" : $"http:{caller.Name}";
    }

    public string? Gateway(HttpContext http) => Caller.Of(http.User).Gateway;
}
