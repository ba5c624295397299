using EnergyWatch.Domain.Registry;
using Microsoft.AspNetCore.Http;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Who pushes, and for which meters. The host answers, since it knows its users and keys; it has let them in already.
/// </summary>
public interface IPushScope
{
    /// <summary>The meters the caller may deliver for. Any other is unknown to it.</summary>
    RegistrySnapshot Registry(HttpContext http);

    /// <summary>
    /// The way in and the sender: <c>http:gateway:GW-01</c>, or <c>http:key:name@scope</c>. A replay from the
    /// quarantine reads from it for which meters the sender may deliver.
    /// </summary>
    string Source(HttpContext http);

    /// <summary>
    /// Code of the gateway whose key this is: only its own meters are taken then. Null for any other caller.
    /// </summary>
    string? Gateway(HttpContext http);
}
