using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite.Ledger;

sealed class SqliteUsageLedger(SqliteFiles files, ReportingCalendar calendar) : IUsageLedger
{
    readonly SqliteFile _file = files.Records;

    public async ValueTask ReplaceAsync(
        SeriesKey series, Period period, IReadOnlyList<UsageCell> hours, IReadOnlyList<UsageFinding> findings,
        CancellationToken stop)
    {
        var sorted = DayRollup.Checked(calendar, series, period, hours);
        var days = DayRollup.Days(calendar, series, period, sorted);
        if (findings.FirstOrDefault(finding => finding.Series != series || !period.Contains(finding.At)) is { } stray)
            throw new ArgumentException($"The finding {stray} is not of {series} in {period}.", nameof(findings));
        await _file.WriteAsync(
            connection =>
            {
                UsageTables.Replace(connection, UsageTables.Hours, series, period, sorted);
                UsageTables.Replace(connection, UsageTables.Days, series, period, days);
                UsageTables.ReplaceFindings(connection, series, period, findings);
            },
            stop);
    }

    public ValueTask<IReadOnlyList<UsageCell>> HoursAsync(
        IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop) =>
            CellsAsync(UsageTables.Hours, meters, period, stop);

    public ValueTask<IReadOnlyList<UsageCell>> DaysAsync(
        IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop) =>
            CellsAsync(UsageTables.Days, meters, period, stop);

    public async ValueTask<IReadOnlyList<UsageFinding>> FindingsAsync(
        IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<UsageFinding>>(
            connection => [.. UsageTables.Findings(connection, meters, period).OrderBy(finding => finding.At)], stop);

    async ValueTask<IReadOnlyList<UsageCell>> CellsAsync(
        string table, IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<UsageCell>>(
            connection => UsageTables.Cells(connection, table, meters, period), stop);
}
