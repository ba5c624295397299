namespace EnergyWatch.Api.Configuration;

/// <summary>The parts of the service that a process runs. They talk through the store, never to each other.</summary>
[Flags]
enum Roles
{
    Ingest = 1,
    Analytics = 2,
    Api = 4,
    All = Ingest | Analytics | Api,
}
