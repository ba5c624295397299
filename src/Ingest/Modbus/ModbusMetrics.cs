using System.Diagnostics.Metrics;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>What the field side did, counted where it happens; exported on <c>/metrics</c>.</summary>
static class ModbusMetrics
{
    static readonly Metrics.Meter Source = new("EnergyWatch.Ingest");

    public static readonly Counter<long> Requests = Source.CreateCounter<long>(
        "energywatch_modbus_requests_total", description: "Requests sent, by endpoint.");

    public static readonly Counter<long> Timeouts = Source.CreateCounter<long>(
        "energywatch_modbus_timeouts_total", description: "Requests without an answer in time, by endpoint.");

    public static readonly Counter<long> Exceptions = Source.CreateCounter<long>(
        "energywatch_modbus_exceptions_total", description: "Exception answers, by code.");

    public static readonly Counter<long> LinkFaults = Source.CreateCounter<long>(
        "energywatch_modbus_link_faults_total", description: "Questions that were given up without an answer, by fault.");

    public static readonly Counter<long> MissedSlots = Source.CreateCounter<long>(
        "energywatch_modbus_missed_slots_total", description: "Polls skipped because their time had passed, by endpoint.");

    public static readonly Counter<long> Polls = Source.CreateCounter<long>(
        "energywatch_modbus_polls_total", description: "Polls of meters, by endpoint.");

    public static readonly Counter<long> SetupWrites = Source.CreateCounter<long>(
        "energywatch_modbus_setup_writes_total", description: "Set-up registers written because a meter held something else.");

    public static readonly Counter<long> ImpossibleValues = Source.CreateCounter<long>(
        "energywatch_modbus_impossible_values_total", description: "Values that a meter sent but that cannot be, and were not stored, by model.");

    public static readonly Counter<long> LostReadings = Source.CreateCounter<long>(
        "energywatch_modbus_lost_readings_total", description: "Readings that storage had not taken when the service stopped.");

    public static readonly Counter<long> FailedTickets = Source.CreateCounter<long>(
        "energywatch_modbus_failed_tickets_total", description: "Polled batches that storage did not take.");

    public static readonly Histogram<double> TransactionSeconds = Source.CreateHistogram<double>(
        "energywatch_modbus_transaction_seconds", "s", "Time from a request to its answer, by endpoint.");
}
