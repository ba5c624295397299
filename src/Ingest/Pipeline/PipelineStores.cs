using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Series;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Where a commit goes.</summary>
sealed record PipelineStores(IWorkLedger Work, ISeriesWriter Series, IQuarantine Quarantine);
