using Dapper;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// One database file, shared with other processes. SQLite's calls block, so the work runs on the thread pool: readers
/// side by side, each on a snapshot of its own; writers one at a time, each in one transaction that is on disk when the
/// task completes. Exceptions travel.
/// </summary>
sealed class SqliteFile(string path, StoreOptions options, StoreMetrics metrics) : IDisposable
{
    readonly SemaphoreSlim _writing = new(1);
    readonly string _connectionString = SqliteNative.ConnectionString(path, options.BusyWait);

    public string Path { get; } = path;

    public string Name { get; } = System.IO.Path.GetFileName(path);

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> work, CancellationToken stop) => Task.Run(
        () =>
        {
            using var connection = Open();
            using var snapshot = connection.BeginTransaction(deferred: true);
            return work(connection);
        },
        stop);

    /// <summary>
    /// Waits for its turn, and after <paramref name="stop"/> writes nothing any more; but what has begun to write is
    /// finished whatever <paramref name="stop"/> says, so that its outcome is known.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        try
        {
            return await Task.Run(() => Write(work, stop), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task WriteAsync(Action<SqliteConnection> work, CancellationToken stop) =>
        WriteAsync(
            connection =>
            {
                work(connection);
                return true;
            },
            stop);

    public void Dispose()
    {
        using (var connection = new SqliteConnection(_connectionString)) SqliteConnection.ClearPool(connection);
        _writing.Dispose();
    }

    /// <summary>
    /// An open connection from the pool. Settings are per connection and not in the file, so each gets them anew.
    /// </summary>
    public SqliteConnection Open()
    {
        SqliteNative.Initialize();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            connection.Execute(
                $"PRAGMA busy_timeout = {(int)options.BusyWait.TotalMilliseconds}; PRAGMA synchronous = FULL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    T Write<T>(Func<SqliteConnection, T> work, CancellationToken stop)
    {
        using var connection = Open();
        // BEGIN IMMEDIATE: the write lock is taken now, so a transaction that has read cannot find itself unable to
        // write.
        using var transaction = connection.BeginTransaction(deferred: false);
        // The lock may have been long in coming. Whoever gave up meanwhile must not find it written later: a mark of the
        // work ledger rests only twice as long as an attempt to write may take.
        stop.ThrowIfCancellationRequested();
        var result = work(connection);
        using (metrics.Commit(Name)) transaction.Commit();
        return result;
    }
}
