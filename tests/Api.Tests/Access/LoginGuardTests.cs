using EnergyWatch.Api.Access;
using EnergyWatch.Support;

namespace EnergyWatch.Api.Tests.Access;

public sealed class LoginGuardTests
{
    readonly TestClock _clock = new();

    [Fact]
    public void A_few_wrong_passwords_cost_nothing()
    {
        var guard = Failed(LoginGuard.Tries - 1);
        Assert.Equal(TimeSpan.Zero, guard.Wait("admin", "10.0.0.1"));
    }

    [Fact]
    public void One_more_locks_the_name_from_every_address_and_no_other_name()
    {
        var guard = Failed(LoginGuard.Tries);
        Assert.Equal(TimeSpan.FromMinutes(1), guard.Wait("ADMIN", "10.9.9.9"));
        Assert.Equal(TimeSpan.Zero, guard.Wait("clerk", "10.0.0.1"));
    }

    [Fact]
    public void The_lock_ends_by_itself_and_grows_with_more_failures()
    {
        var guard = Failed(LoginGuard.Tries);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, guard.Wait("admin", "10.0.0.1"));
        for (var i = 0; i < LoginGuard.Tries; i++) guard.Failed("admin", "10.0.0.2");
        Assert.Equal(TimeSpan.FromMinutes(2), guard.Wait("admin", "10.0.0.1"));
    }

    [Fact]
    public void An_address_that_guesses_many_names_is_locked_too()
    {
        var guard = new LoginGuard(_clock);
        for (var i = 0; i < LoginGuard.Tries * 4; i++) guard.Failed($"name-{i}", "10.0.0.1");
        Assert.True(guard.Wait("somebody", "10.0.0.1") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, guard.Wait("somebody", "10.0.0.2"));
    }

    [Fact]
    public void The_right_password_forgives_the_name()
    {
        var guard = Failed(LoginGuard.Tries - 1);
        guard.Succeeded("admin");
        guard.Failed("admin", "10.0.0.1");
        Assert.Equal(TimeSpan.Zero, guard.Wait("admin", "10.0.0.1"));
    }

    LoginGuard Failed(int times)
    {
        var guard = new LoginGuard(_clock);
        for (var i = 0; i < times; i++) guard.Failed("admin", "10.0.0.1");
        return guard;
    }
}
