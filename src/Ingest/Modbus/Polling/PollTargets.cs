using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>One meter to poll.</summary>
/// <param name="Address">How it is asked for on its line: the Modbus unit, or the printed address of the other protocols.</param>
sealed record MeterTarget(MeterId Id, string Code, string Gateway, ulong Address, RegisterMap Model, TimeSpan Period);

/// <summary>One physical endpoint and the meters behind it, by code.</summary>
sealed record EndpointTarget(ModbusEndpoint Endpoint, IReadOnlyList<MeterTarget> Meters)
{
    public bool Equals(EndpointTarget? other) => other is not null && Endpoint == other.Endpoint && Meters.SequenceEqual(other.Meters);

    public override int GetHashCode() => HashCode.Combine(Endpoint, Meters.Count);
}

/// <summary>Why a meter behind a Modbus gateway cannot be polled.</summary>
sealed record TargetFault(string Gateway, string? Meter, string Reason);

/// <summary>What is to be polled on a day, out of the registry. Pure.</summary>
sealed record PollTargets(IReadOnlyList<EndpointTarget> Endpoints, IReadOnlyList<TargetFault> Faults)
{
    public static PollTargets From(RegistrySnapshot registry, RegisterMaps models, DateOnly day)
    {
        var faults = new List<TargetFault>();
        var endpoints = EndpointsOf(registry, day, faults);
        var found = new Dictionary<ModbusEndpoint, List<MeterTarget>>();
        foreach (var meter in registry.Meters)
        {
            if (meter.Facts.At(day)?.Value is not { Gateway: { } gateway } facts) continue;
            if (!endpoints.TryGetValue(gateway, out var endpoint) || endpoint is null) continue;
            if (Target(meter, facts, endpoint, models, faults) is not { } target) continue;
            if (!found.TryGetValue(endpoint, out var meters)) found[endpoint] = meters = [];
            meters.Add(target);
        }
        return new([.. found.Select(entry => new EndpointTarget(entry.Key, entry.Value))], faults);
    }

    // Two gateways may share an endpoint, but only one way of speaking on it: one connection, one owner. The first by code has its way.
    static Dictionary<string, ModbusEndpoint?> EndpointsOf(RegistrySnapshot registry, DateOnly day, List<TargetFault> faults)
    {
        var owners = new Dictionary<string, (ModbusEndpoint Endpoint, string Gateway)>();
        var endpoints = new Dictionary<string, ModbusEndpoint?>();
        foreach (var gateway in registry.Gateways.OrderBy(gateway => gateway.Code, StringComparer.Ordinal))
        {
            if (FramingOf(gateway.Kind) is null || gateway.ValidFrom > day) continue;
            endpoints[gateway.Code] = null;
            if (Endpoint(gateway, faults) is not { } endpoint) continue;
            if (owners.TryGetValue(endpoint.ToString(), out var owner) && owner.Endpoint != endpoint)
            {
                faults.Add(new(gateway.Code, null, $"endpoint {endpoint} is used by gateway {owner.Gateway} with another kind or other settings"));
                continue;
            }
            owners[endpoint.ToString()] = (endpoint, owner.Gateway ?? gateway.Code);
            endpoints[gateway.Code] = endpoint;
        }
        return endpoints;
    }

    static ModbusFraming? FramingOf(GatewayKind kind) => kind switch
    {
        GatewayKind.ModbusTcp => ModbusFraming.Tcp,
        GatewayKind.ModbusRtuOverTcp => ModbusFraming.RtuOverTcp,
        GatewayKind.ModbusRtu => ModbusFraming.Rtu,
        _ => null,
    };

    static ModbusEndpoint? Endpoint(Gateway gateway, List<TargetFault> faults)
    {
        var endpoint = ModbusEndpoint.TryParse(gateway.Endpoint, FramingOf(gateway.Kind)!.Value, out var fault);
        if (endpoint is null) faults.Add(new(gateway.Code, null, $"endpoint {fault}"));
        return endpoint;
    }

    static MeterTarget? Target(
        Meter meter, MeterFacts facts, ModbusEndpoint endpoint, RegisterMaps models, List<TargetFault> faults)
    {
        var (model, unit) = SunSpecAddress.Split(models.Find(facts.Model), facts.Address);
        var protocol = model?.Protocol ?? MeterProtocol.Modbus;
        var wrongAddress = WrongAddress(protocol, endpoint.Framing, unit, out var address);
        var reason = (model, wrongAddress, facts.IntervalS) switch
        {
            (null, _, _) when string.IsNullOrEmpty(facts.Model) => "no meter model is given",
            (null, _, _) => $"meter model '{facts.Model}' is not known; known are {string.Join(", ", models.All.Select(map => map.Id))}",
            _ when FrameCodecs.For(endpoint.Framing, protocol) is null => FrameCodecs.WhyNot(endpoint.Framing, protocol),
            (_, { } wrong, _) => wrong,
            (_, _, < 1) => $"interval_s {facts.IntervalS} is not 1 or more",
            _ => null,
        };
        if (reason is null)
            return new(meter.Id, meter.Code, facts.Gateway!, address, model!, TimeSpan.FromSeconds(facts.IntervalS));
        faults.Add(new(facts.Gateway!, meter.Code, reason));
        return null;
    }

    // On a bus, unit 0 is everybody and those from 248 nobody; an address that any meter answers names none.
    static string? WrongAddress(MeterProtocol protocol, ModbusFraming framing, string? text, out ulong address)
    {
        var parsed = MeterAddress.TryParse(protocol, text, out address);
        if (protocol != MeterProtocol.Modbus)
            return parsed && !MeterAddress.IsAny(protocol, address) ? null : $"address '{text}' is not {MeterAddress.Allowed(protocol)}";
        var (lowest, highest) = framing == ModbusFraming.Tcp ? (0ul, 255ul) : (1ul, 247ul);
        return parsed && address >= lowest && address <= highest ? null : $"address '{text}' is not a Modbus unit from {lowest} to {highest}";
    }
}
