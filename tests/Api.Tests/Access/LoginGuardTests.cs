using EnergyWatch.Api.Access;
using EnergyWatch.Support;

namespace EnergyWatch.Api.Tests.Access;

public sealed class LoginGuardTests
{
    readonly TestClock _clock = new();
    readonly LoginGuard _guard;

    public LoginGuardTests() => _guard = new LoginGuard(_clock);

    [Fact]
    public void A_few_wrong_passwords_cost_nothing()
    {
        Try(LoginGuard.Tries - 1);
        Assert.Equal(TimeSpan.Zero, _guard.Begin("admin", "10.0.0.1"));
    }

    [Fact]
    public void More_lock_the_name_at_that_address_and_nowhere_else()
    {
        Try(LoginGuard.Tries);
        Assert.Equal(TimeSpan.FromMinutes(1), _guard.Begin("ADMIN", "10.0.0.1"));
        Assert.Equal(TimeSpan.Zero, _guard.Begin("admin", "10.9.9.9"));
        Assert.Equal(TimeSpan.Zero, _guard.Begin("clerk", "10.0.0.1"));
    }

    [Fact]
    public void A_locked_try_does_not_lengthen_the_lock()
    {
        Try(LoginGuard.Tries + 20);
        Assert.Equal(TimeSpan.FromMinutes(1), _guard.Begin("admin", "10.0.0.1"));
    }

    [Fact]
    public void The_lock_ends_by_itself_and_grows_when_guessing_goes_on()
    {
        Try(LoginGuard.Tries);
        for (var i = 0; i < LoginGuard.Tries; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(TimeSpan.Zero, _guard.Begin("admin", "10.0.0.1"));
        }
        Assert.Equal(TimeSpan.FromMinutes(2), _guard.Begin("admin", "10.0.0.1"));
    }

    [Fact]
    public void What_was_counted_is_forgotten_after_a_quiet_while()
    {
        Try(LoginGuard.Tries - 1);
        _clock.Advance(LoginGuard.Memory + TimeSpan.FromSeconds(1));
        Try(LoginGuard.Tries - 1);
        Assert.Equal(TimeSpan.Zero, _guard.Begin("admin", "10.0.0.1"));
    }

    [Fact]
    public void An_address_that_guesses_many_names_is_locked_too()
    {
        for (var i = 0; i < LoginGuard.AddressTries; i++) _guard.Begin($"name-{i}", "10.0.0.1");
        Assert.True(_guard.Begin("somebody", "10.0.0.1") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, _guard.Begin("somebody", "10.0.0.2"));
    }

    [Fact]
    public void Right_passwords_behind_one_address_do_not_lock_it()
    {
        for (var i = 0; i < LoginGuard.AddressTries * 3; i++)
        {
            Assert.Equal(TimeSpan.Zero, _guard.Begin($"clerk-{i}", "127.0.0.1"));
            _guard.Succeeded($"clerk-{i}", "127.0.0.1");
        }
    }

    [Fact]
    public void The_right_password_forgives_the_name()
    {
        Try(LoginGuard.Tries - 1);
        _guard.Succeeded("admin", "10.0.0.1");
        Try(LoginGuard.Tries - 1);
        Assert.Equal(TimeSpan.Zero, _guard.Begin("admin", "10.0.0.1"));
    }

    void Try(int times)
    {
        for (var i = 0; i < times; i++) _guard.Begin("admin", "10.0.0.1");
    }
}
