namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// The store's two files: readings, which grow without end, apart from the records that are few and matter each.
/// </summary>
sealed class SqliteFiles(StoreOptions options, StoreMetrics metrics) : IDisposable
{
    public string Folder => options.DataFolder;

    public SqliteFile Series { get; } = new(options.SeriesFile, options, metrics);

    public SqliteFile Records { get; } = new(options.RecordsFile, options, metrics);

    public void Dispose()
    {
        Series.Dispose();
        Records.Dispose();
    }
}
