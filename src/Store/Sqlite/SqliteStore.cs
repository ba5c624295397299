using EnergyWatch.Store.Sqlite.Registry;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// The embedded store as a whole. It must be open before any of its ports is used: the host does so before it starts
/// anything else, a command line tool by calling <see cref="OpenAsync"/>.
/// </summary>
public sealed class SqliteStore
{
    readonly SqliteFiles _files;
    readonly ZoneBinding _zone;
    readonly SqliteRegistry _registry;
    readonly TimeProvider _clock;
    readonly ILogger<SqliteStore> _log;

    internal SqliteStore(
        SqliteFiles files, ZoneBinding zone, SqliteRegistry registry, TimeProvider clock, ILogger<SqliteStore> log)
    {
        _files = files;
        _zone = zone;
        _registry = registry;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// Creates what is missing, brings the files to this version's schema and loads the registry. Doing it again is
    /// harmless.
    /// </summary>
    /// <exception cref="StoreSchemaException">when a file belongs to another version.</exception>
    /// <exception cref="StoreZoneException">when the data were reckoned in another reporting zone.</exception>
    public async Task OpenAsync(CancellationToken stop)
    {
        SqliteNative.Initialize();
        CreateFolder(_files.Folder);
        await MigrateAsync(_files.Series, "Series", stop);
        await MigrateAsync(_files.Records, "Records", stop);
        await _zone.BindAsync(stop);
        await _registry.RefreshAsync(stop);
    }

    async Task MigrateAsync(SqliteFile file, string scripts, CancellationToken stop)
    {
        foreach (var name in await new Migrator(file, Migration.Embedded(scripts), _clock).ApplyAsync(stop))
            Log.Migrated(_log, file.Name, name);
    }

    // The files hold password hashes and webhook secrets: nobody else's business.
    static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
