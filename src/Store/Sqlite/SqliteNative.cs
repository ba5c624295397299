using System.Data.Common;
using System.Reflection;
using System.Runtime.InteropServices;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// The system's SQLite library behind Microsoft.Data.Sqlite. <see cref="Initialize"/> must have run once in the process
/// before a connection is opened, by whomever; it may be called again and from several threads.
/// </summary>
public static class SqliteNative
{
    static readonly string[] Libraries = ["e_sqlite3", "libsqlite3.so.0", "libsqlite3.dylib", "winsqlite3"];
    static readonly Lazy<bool> Ready = new(Load);

    /// <summary>What others need to open connections of their own, for example the scheduler on its own file.</summary>
    public static DbProviderFactory Factory
    {
        get
        {
            Initialize();
            return SqliteFactory.Instance;
        }
    }

    /// <summary>Finds the native library and makes it the process's SQLite.</summary>
    /// <exception cref="DllNotFoundException">when none of the known names can be loaded.</exception>
    public static void Initialize() => _ = Ready.Value;

    /// <summary>
    /// A connection string for this file. A lock that another process holds is waited for, at most this long.
    /// </summary>
    public static string ConnectionString(string file, TimeSpan? busyWait = null) => new SqliteConnectionStringBuilder
    {
        DataSource = file,
        ForeignKeys = true,
        DefaultTimeout = (int)Math.Ceiling((busyWait ?? StoreOptions.DefaultBusyWait).TotalSeconds),
    }.ToString();

    static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        SqlMapper.AddTypeHandler(new InstantHandler());
        SqlMapper.AddTypeHandler(new DayHandler());
        SqlMapper.AddTypeHandler(new MeterIdHandler());
        return true;
    }

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "e_sqlite3") return 0;
        foreach (var library in Libraries)
            if (NativeLibrary.TryLoad(library, assembly, path, out var handle)) return handle;
        throw new DllNotFoundException(
            $"SQLite was not found under any of the names {string.Join(", ", Libraries)}. "
            + "On Debian and Ubuntu: apt install libsqlite3-0");
    }
}
