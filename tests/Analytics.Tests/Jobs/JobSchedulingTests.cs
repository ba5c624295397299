using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging;
using Quartz;

namespace EnergyWatch.Analytics.Tests.Jobs;

public sealed class JobSchedulingTests : IDisposable
{
    readonly TempFolder _folder = new();

    string File => _folder.File("jobs.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jobs_are_stored_with_their_next_date_in_the_reporting_zone()
    {
        await using var server = await JobServer.StartAsync(File, [new Counted().Job("monthly", "0 0 8 1 * ?")]);

        var state = await server.StateAsync("monthly");

        Assert.True(System.IO.File.Exists(File));
        Assert.Null(state.LastRun);
        Assert.False(state.Running);
        var local = Some.Calendar.Local(state.NextRun!.Value);
        Assert.Equal((1, 8, 0), (local.Day, local.Hour, local.Minute));
        server.Log.AssertNoErrors();
    }

    [Fact]
    public async Task Date_missed_while_the_service_was_down_is_caught_up_once()
    {
        var work = new Counted();
        await using (var before = await JobServer.StartAsync(File, [work.Job(cron: "0 0 8 1 * ?")]))
            await PutBackAsync(before);
        Assert.Equal(0, work.Runs);

        await using var after = await JobServer.StartAsync(File, [work.Job(cron: "0 0 8 1 * ?")]);
        await work.ReachedAsync(1);
        await DoneAsync(after, "work");

        var state = await after.StateAsync("work");
        Assert.Equal(1, work.Runs);
        Assert.Equal("succeeded", state.LastRun!.Outcome);
        Assert.True(state.NextRun > TimeProvider.System.Now());
        after.Log.AssertNoErrors();
    }

    [Fact]
    public async Task Restart_keeps_the_date_that_is_due_next()
    {
        await using (var before = await JobServer.StartAsync(File, [new Counted().Job(cron: "0 0 8 1 * ?")])) { }
        await using var after = await JobServer.StartAsync(File, [new Counted().Job(cron: "0 0 8 1 * ?")]);

        Assert.DoesNotContain(after.Log.Lines, line => line.Message.Contains("is scheduled", StringComparison.Ordinal));
        Assert.NotNull((await after.StateAsync("work")).NextRun);
    }

    [Fact]
    public async Task Changed_schedule_replaces_the_stored_one_and_a_removed_job_goes()
    {
        JobDefinition[] jobs = [new Counted().Job(), new Counted().Job("gone")];
        await using (var before = await JobServer.StartAsync(File, jobs)) { }
        await using var after = await JobServer.StartAsync(
            File, [new Counted().Job()],
            options => options with { Schedules = new Dictionary<string, string> { ["work"] = "0 30 6 * * ?" } });

        var state = await after.StateAsync("work");
        Assert.Equal("0 30 6 * * ?", state.Schedule);
        Assert.Equal(30, Some.Calendar.Local(state.NextRun!.Value).Minute);
        Assert.False(await (await after.SchedulerAsync())
            .Exists(new JobKey("gone", "energywatch"), CancellationToken.None));
    }

    [Fact]
    public async Task Run_by_hand_runs_at_once_and_is_remembered_after_a_restart()
    {
        var work = new Counted();
        await using (var before = await JobServer.StartAsync(File, [work.Job()]))
        {
            Assert.True(await before.Register.RunNowAsync("work", CancellationToken.None));
            Assert.False(await before.Register.RunNowAsync("no such job", CancellationToken.None));
            await work.ReachedAsync(1);
            await DoneAsync(before, "work");
        }
        await using var after = await JobServer.StartAsync(File, [work.Job()]);

        var last = (await after.StateAsync("work")).LastRun!;
        Assert.Equal(("succeeded", "run 1"), (last.Outcome, last.Message));
        Assert.True(last.End >= last.Start);
        Assert.Equal("run 1", Assert.Single(
            await after.Register.RecentAsync("work", 10, CancellationToken.None)).Message);
    }

    [Fact]
    public async Task Asking_again_while_it_runs_gives_one_more_run_and_never_two_at_once()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (together, most) = (0, 0);
        var work = new Counted
        {
            During = async stop =>
            {
                most = Math.Max(most, Interlocked.Increment(ref together));
                await open.Task.WaitAsync(stop);
                Interlocked.Decrement(ref together);
            },
        };
        await using var server = await JobServer.StartAsync(File, [work.Job()]);
        await server.Register.RunNowAsync("work", CancellationToken.None);
        await work.ReachedAsync(1);
        Assert.True((await server.StateAsync("work")).Running);
        for (var i = 0; i < 5; i++) await server.Register.RunNowAsync("work", CancellationToken.None);
        open.SetResult();

        await work.ReachedAsync(2);
        await DoneAsync(server, "work", runs: 2);

        Assert.Equal((2, 1), (work.Runs, most));
    }

    [Fact]
    public async Task Process_that_only_shows_jobs_sees_the_same_and_its_wish_is_run_by_the_other_one()
    {
        var (here, there) = (new Counted(), new Counted());
        await using var runs = await JobServer.StartAsync(File, [here.Job()], options =>
            options with { LookEvery = TimeSpan.FromSeconds(1) });
        await using var shows = await JobServer.StartAsync(File, [there.Job()], options =>
            options with { Run = false });

        Assert.NotNull((await shows.StateAsync("work")).NextRun);
        Assert.True(await shows.Register.RunNowAsync("work", CancellationToken.None));
        await here.ReachedAsync(1);
        await DoneAsync(shows, "work");

        Assert.Equal("run 1", (await shows.StateAsync("work")).LastRun!.Message);
        Assert.Equal(0, there.Runs);
        runs.Log.AssertNoErrors();
        shows.Log.AssertNoErrors();
    }

    [Fact]
    public async Task Failing_job_is_logged_and_recorded_and_keeps_its_schedule()
    {
        var work = new Counted { During = _ => throw new InvalidOperationException("the store is away") };
        await using var server = await JobServer.StartAsync(
            File, [work.Job(cron: "* * * * * ?"), new Counted().Job("other")]);

        await work.ReachedAsync(3);
        await DoneAsync(server, "work", runs: 2);

        var state = await server.StateAsync("work");
        Assert.Equal("failed", state.LastRun!.Outcome);
        Assert.Contains("the store is away", state.LastRun.Message, StringComparison.Ordinal);
        Assert.True(state.Failures >= 2);
        Assert.NotNull(state.NextRun);
        var logged = server.Log.Lines.Where(line => line.Level == LogLevel.Error).ToList();
        Assert.All(logged, line => Assert.Contains("Job work failed", line.Message, StringComparison.Ordinal));
        Assert.True(logged.Count >= 2);
    }

    [Fact]
    public async Task Stopping_asks_running_jobs_to_stop_and_waits_for_them()
    {
        var work = new Counted { During = stop => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop) };
        await using var server = await JobServer.StartAsync(File, [work.Job()]);
        await server.Register.RunNowAsync("work", CancellationToken.None);
        await work.ReachedAsync(1);

        await server.StopAsync().WaitAsync(JobServer.Patience);

        server.Log.AssertNoErrors();
        Assert.DoesNotContain(server.Log.Lines, line => line.Message.Contains("did not end", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_ever_for_a_job_that_does_not_listen()
    {
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = new Counted { During = _ => never.Task };
        await using var server = await JobServer.StartAsync(
            File, [work.Job()], options => options with { StopWithin = TimeSpan.FromMilliseconds(200) });
        await server.Register.RunNowAsync("work", CancellationToken.None);
        await work.ReachedAsync(1);

        await server.StopAsync().WaitAsync(JobServer.Patience);

        Assert.Contains(server.Log.Lines, line => line.Message.Contains("did not end", StringComparison.Ordinal));
        never.SetResult();
    }

    [Fact]
    public void Schedule_of_an_unknown_job_or_a_bad_one_is_refused()
    {
        var options = new JobOptions { Store = new JobStoreOptions(SqliteNative.Factory, "") };
        var unknown = new Dictionary<string, string> { ["nightly"] = "0 0 0 * * ?" };
        Assert.Contains("nightly", Assert.Throws<ArgumentException>(
            () => new JobPlan([new Counted().Job()], options with { Schedules = unknown })).Message,
            StringComparison.Ordinal);
        var bad = new Dictionary<string, string> { ["work"] = "every day" };
        Assert.Contains("every day", Assert.Throws<ArgumentException>(
            () => new JobPlan([new Counted().Job()], options with { Schedules = bad })).Message,
            StringComparison.Ordinal);
    }

    // What a service finds that was down over its date: the stored next date lies in the past.
    static async Task PutBackAsync(JobServer server)
    {
        await server.StopAsync();
        await using var connection = SqliteNative.Factory.CreateConnection()!;
        connection.ConnectionString = SqliteNative.ConnectionString(server.File);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE QRTZ_TRIGGERS SET NEXT_FIRE_TIME = NEXT_FIRE_TIME - 864000000000 * 40";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    // The body has run; the scheduler still has to write that down.
    static async Task DoneAsync(JobServer server, string job, int runs = 1)
    {
        using var limit = new CancellationTokenSource(JobServer.Patience);
        while ((await server.Register.RecentAsync(job, 10, limit.Token)).Count < runs) await Task.Yield();
    }
}
