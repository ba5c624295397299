using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EnergyWatch.Analytics.Tests.Jobs;

/// <summary>The SQLite provider for a test's own file.</summary>
static class SqliteOfTests
{
    static readonly Lazy<DbProviderFactory> Loaded = new(Load);

    public static DbProviderFactory Factory => Loaded.Value;

    public static string ConnectionString(string file) => new SqliteConnectionStringBuilder { DataSource = file }.ToString();

    static SqliteFactory Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, assembly, path) =>
            name == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", assembly, path, out var handle) ? handle : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        return SqliteFactory.Instance;
    }
}
