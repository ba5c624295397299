using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Http;

namespace EnergyWatch.Ingest.Push;

/// <summary>Who sent a request, as the decoder must know it; a gateway that pushes is seen by it.</summary>
sealed class PushSenders(IPushScope scope, ReportingCalendar calendar, TimeProvider clock, FieldStateRecorder states)
{
    public ReadingContext ContextOf(HttpContext http)
    {
        var (now, gateway) = (clock.Now(), scope.Gateway(http));
        if (gateway is not null) states.NotesOf(gateway).HeardBy("http", now, http.Request.ContentLength ?? 0);
        return new ReadingContext(scope.Registry(http), calendar, now, scope.Source(http), gateway);
    }
}
