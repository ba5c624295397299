using Dapper;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests;

public sealed class MigrationTests : IDisposable
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly Migration First = new("0001_first", "CREATE TABLE one (id INTEGER);");
    static readonly Migration Second = new("0002_second", "CREATE TABLE two (id INTEGER); INSERT INTO two VALUES (7);");

    readonly TempFolder _folder = new();
    readonly StoreMetrics _metrics = new();
    readonly List<SqliteFile> _opened = [];

    [Fact]
    public async Task An_empty_file_gets_every_script_once_and_in_order()
    {
        Assert.Equal(["0001_first", "0002_second"], await ApplyAsync(First, Second));
        Assert.Empty(await ApplyAsync(First, Second));
        Assert.Equal(1, await CountAsync("two"));
    }

    [Fact]
    public async Task A_file_of_an_older_version_gets_what_it_lacks()
    {
        await ApplyAsync(First);
        Assert.Equal(["0002_second"], await ApplyAsync(First, Second));
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_was_applied_refuses_the_start()
    {
        await ApplyAsync(First, Second);
        var fault = await Assert.ThrowsAsync<StoreSchemaException>(
            () => ApplyAsync(First with { Sql = First.Sql + " --" }, Second));
        Assert.Contains("0001_first was changed", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_endings_are_no_change()
    {
        var script = new Migration("0001_lines", "CREATE TABLE a (\nid INTEGER);\n");
        await ApplyAsync(script);
        Assert.Empty(await ApplyAsync(script with { Sql = script.Sql.ReplaceLineEndings("\r\n") }));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_refuses_the_start()
    {
        await ApplyAsync(First, Second);
        var fault = await Assert.ThrowsAsync<StoreSchemaException>(() => ApplyAsync(First));
        Assert.Contains("newer version", fault.Message, StringComparison.Ordinal);
        Assert.Contains("0002_second", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_slipped_in_before_an_applied_one_refuses_the_start()
    {
        await ApplyAsync(Second);
        await Assert.ThrowsAsync<StoreSchemaException>(() => ApplyAsync(First, Second));
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_behind()
    {
        var broken = new Migration("0002_broken", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);");
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => ApplyAsync(First, broken));
        Assert.Equal(["0002_second"], await ApplyAsync(First, Second));
        Assert.Equal(
            0, await OpenFile()
                .ReadAsync(c => c.ExecuteScalar<int>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'"), Stop));
    }

    [Fact]
    public async Task Processes_that_start_at_once_apply_each_script_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ApplyAsync(First, Second)));
        Assert.Equal(["0001_first", "0002_second"], applied.SelectMany(names => names).Order());
        Assert.Equal(1, await CountAsync("two"));
    }

    [Fact]
    public async Task The_store_itself_opens_twice_on_one_folder_and_again_later()
    {
        var folder = _folder.File("data");
        await using (var stores = await OpenStore.InAsync(folder))
        await using (await OpenStore.InAsync(folder))
            Assert.True(File.Exists(stores.Options.SeriesFile));
        await using var again = await OpenStore.InAsync(folder);
        Assert.DoesNotContain(again.Logged.Lines, line => line.Message.Contains("applied", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task Every_commit_reaches_the_disk_before_it_is_acknowledged()
    {
        await using var store = await OpenStore.InAsync(_folder.Path);
        foreach (var file in new[] { store.Get<SqliteFiles>().Series, store.Get<SqliteFiles>().Records })
        {
            Assert.Equal(
                "wal", await file.WriteAsync(
                    connection => connection.ExecuteScalar<string>("PRAGMA journal_mode"), Stop));
            Assert.Equal(
                2, await file.WriteAsync(connection => connection.ExecuteScalar<int>("PRAGMA synchronous"), Stop));
        }
    }

    public void Dispose()
    {
        foreach (var file in _opened) file.Dispose();
        _metrics.Dispose();
        _folder.Dispose();
    }

    Task<IReadOnlyList<string>> ApplyAsync(params Migration[] scripts) =>
        new Migrator(OpenFile(), scripts, new TestClock()).ApplyAsync(Stop);

    Task<int> CountAsync(string table) =>
        OpenFile().ReadAsync(c => c.ExecuteScalar<int>($"SELECT COUNT(*) FROM {table}"), Stop);

    SqliteFile OpenFile()
    {
        var file = new SqliteFile(_folder.File("test.db"), new StoreOptions(_folder.Path), _metrics);
        _opened.Add(file);
        return file;
    }
}
