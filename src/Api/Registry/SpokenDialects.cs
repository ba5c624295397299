using EnergyWatch.Api.Configuration;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;

namespace EnergyWatch.Api.Registry;

/// <summary>
/// The dialects that a gateway may be given. One that is not known would be taken without a word, and so would the loss of
/// all that the gateway sends in it.
/// </summary>
sealed class SpokenDialects(AppConfig config)
{
    // The files are read when the first gateway names one.
    readonly Lazy<DialectList> _known = new(() => DialectList.Load(config.Ingest.Mqtt));

    /// <exception cref="RegistryRefusedException">with the place of every dialect that is unknown, and the names of those known.</exception>
    public void Check(RegistryRows rows)
    {
        var faults = rows.Gateways.Where(row => row.Dialect is { } dialect && !_known.Value.Knows(dialect))
            .Select(row => new RegistryFault(row.Place.File ?? "", row.Place.Line, "dialect", $"there is no dialect '{row.Dialect}'; known are {Known}"))
            .ToList();
        if (faults.Count > 0) throw new RegistryRefusedException(faults);
    }

    string Known => string.Join(", ", _known.Value.All.Select(row => row.Name));
}
