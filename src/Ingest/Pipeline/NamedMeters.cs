using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Which meter a sender means by a name: the tables of its registry, kept from one payload to the
/// next.</summary>
sealed class NamedMeters
{
    RegistrySnapshot? _registry;
    GatewayMeters _ofGateways = null!;
    LocalDays _days = null!;
    string? _gateway;

    public void Turn(in ReadingContext context)
    {
        _gateway = context.Gateway;
        _days = LocalDays.Of(context.Calendar);
        if (ReferenceEquals(_registry, context.Registry)) return;
        _registry = context.Registry;
        // A scoped registry is made for one request: nobody asks its gateways.
        _ofGateways = _gateway is null ? null! : GatewayMeters.Of(context.Registry);
    }

    /// <summary>The meter the sender may name so at this instant, or null.</summary>
    public Meter? Find(ReadOnlySpan<char> name, Instant at)
    {
        if (_gateway is null) return _registry!.Meter(name);
        _ofGateways ??= GatewayMeters.Of(_registry!);
        return _ofGateways.Find(_gateway, name, _days.DayOf(at));
    }

    /// <summary>True where there is such a meter, if only on somebody else's gateway.</summary>
    public bool Exists(ReadOnlySpan<char> name) => _registry!.Meter(name) is not null;
}
