using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Who sent a quarantined payload, as its source says, and with that for which meters it may be decoded again. A replay
/// gives nobody rights that the sender did not have.
/// </summary>
static class QuarantinedSender
{
    // The forms of a source, as the ways in write them:
    //   mqtt:{gateway}  modbus:{gateway}  http:gateway:{gateway}    a gateway: its own meters
    //   http:{user}@{scope}  http:key:{name}@{scope}                an account: the meters of its scope
    //   csv:{file}                                                  a file; its items name the meters it was taken for
    const string Mqtt = "mqtt:";
    const string Modbus = "modbus:";
    const string HttpGateway = "http:gateway:";
    const string Http = "http:";
    const string Csv = "csv:";

    /// <summary>What the sender may name, of the registry as it is now; null where that cannot be told.</summary>
    public static ReadingContext? ContextOf(QuarantineItem item, RegistrySnapshot registry, ReportingCalendar calendar)
    {
        var source = item.Source;
        if (After(source, HttpGateway) is { } pushing)
            return registry.Gateway(pushing) is null ? null : Context(registry, pushing);
        if ((After(source, Mqtt) ?? After(source, Modbus)) is { } delivering) return Context(registry, delivering);
        if (After(source, Csv) is not null) return Context(registry, null);
        if (After(source, Http) is not { } account) return null;
        // A user name may be a mail address, a scope never holds the sign: the last one parts them.
        var at = account.LastIndexOf('@');
        if (at <= 0 || at == account.Length - 1) return null;
        return Context(new Scope(account[(at + 1)..]).Of(registry, calendar.DayOf(item.At)), null);

        ReadingContext Context(RegistrySnapshot visible, string? gateway) =>
            new(visible, calendar, item.At, source, gateway);
    }

    /// <summary>Code of the gateway that a source names; empty where it names none.</summary>
    public static ReadOnlySpan<char> GatewayOf(ReadOnlySpan<char> source)
    {
        if (source.StartsWith(Mqtt)) return source[Mqtt.Length..];
        if (source.StartsWith(Modbus)) return source[Modbus.Length..];
        return source.StartsWith(HttpGateway) ? source[HttpGateway.Length..] : [];
    }

    static string? After(string source, string prefix) =>
        source.StartsWith(prefix, StringComparison.Ordinal) ? source[prefix.Length..] : null;

    /// <summary>The refusal of a payload whose sender cannot be told.</summary>
    public static Refusal Unknown(string source) => new(
        0, RefusalCodes.NotThisGateway,
        $"It cannot be told any more for which meters {Shown.Text(source)} may deliver: have it sent again.");
}
