using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// The file's schema and this program do not belong together; the message says which script and what to do.
/// </summary>
public sealed class StoreSchemaException(string message) : Exception(message);

/// <summary>A numbered script. Once released it never changes: what it did is in people's files.</summary>
sealed record Migration(string Name, string Sql)
{
    public string Sha256 =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The scripts of one file (<c>Series</c> or <c>Records</c>), in order.</summary>
    public static IReadOnlyList<Migration> Embedded(string folder)
    {
        var assembly = typeof(Migration).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new Migration(name[(folder.Length + 1)..^".sql".Length], Text(assembly, name)))];
    }

    static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>
/// Brings a file to the schema of this program: each script once, in a transaction of its own, under the file's write
/// lock, so that two processes may start at the same moment.
/// </summary>
sealed class Migrator(SqliteFile file, IReadOnlyList<Migration> known, TimeProvider clock)
{
    const string History =
        "CREATE TABLE IF NOT EXISTS schema_migration "
        + "(name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL)";

    /// <summary>The names of the scripts that were applied now.</summary>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken stop)
    {
        await Task.Run(UseWriteAheadLog, stop);
        await file.WriteAsync(connection => connection.Execute(History), stop);
        var applied = new List<string>();
        while (await file.WriteAsync(ApplyNext, stop) is { } name) applied.Add(name);
        return applied;
    }

    // The journal mode is a property of the file and cannot be changed inside a transaction.
    void UseWriteAheadLog()
    {
        using var connection = file.Open();
        connection.Execute("PRAGMA journal_mode = WAL");
    }

    string? ApplyNext(SqliteConnection connection)
    {
        var applied = connection.Query<Applied>("SELECT name, sha256 FROM schema_migration ORDER BY name").ToList();
        for (var i = 0; i < applied.Count; i++) Check(applied[i], i < known.Count ? known[i] : null);
        if (applied.Count == known.Count) return null;
        var next = known[applied.Count];
        connection.Execute(next.Sql);
        connection.Execute(
            "INSERT INTO schema_migration (name, sha256, applied_at) VALUES (@Name, @Sha256, @At)",
            new { next.Name, next.Sha256, At = clock.Now() });
        return next.Name;
    }

    void Check(Applied applied, Migration? expected)
    {
        if (known.All(script => script.Name != applied.Name))
            throw new StoreSchemaException(
                $"{file.Path} was written by a newer version: this one does not know its script {applied.Name}. "
                + "Start the newer version.");
        if (applied.Name != expected?.Name)
            throw new StoreSchemaException(
                $"{file.Path} has the script {applied.Name}, but not {expected?.Name} that comes before it. "
                + "Restore a backup.");
        if (applied.Sha256 != expected.Sha256)
            throw new StoreSchemaException(
                $"{file.Path}: the script {applied.Name} was changed after it had been applied (then "
                + $"{applied.Sha256[..12]}, now {expected.Sha256[..12]}). Start the version that wrote the file, or "
                + "restore a backup.");
    }

    sealed record Applied(string Name, string Sha256);
}
