using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Access;

public sealed class AccessTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;

    readonly TestClock _clock = new();
    OpenStore _store = null!;
    IAccessStore _access = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync(clock: _clock);
        _access = _store.Get<IAccessStore>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Users_come_back_as_they_were_saved()
    {
        UserAccount anna = User("anna") with { Scope = new Scope("system:教育"), Role = AccessRole.Auditor },
            ben = User("ben") with { Disabled = true };
        await _access.SaveUserAsync(ben, Stop);
        await _access.SaveUserAsync(anna, Stop);
        Assert.Equal([anna, ben], await _access.UsersAsync(Stop));
        Assert.Equal(anna, await _access.FindUserAsync("anna", Stop));
        Assert.Null(await _access.FindUserAsync("Anna", Stop));
    }

    [Fact]
    public async Task Saving_again_replaces_all_but_the_day_of_creation()
    {
        await _access.SaveUserAsync(User("anna"), Stop);
        await _access.SaveUserAsync(User("anna") with { Role = AccessRole.Officer, CreatedAt = new Instant(9) }, Stop);
        Assert.Equal(User("anna") with { Role = AccessRole.Officer }, await _access.FindUserAsync("anna", Stop));
    }

    [Fact]
    public async Task A_new_password_or_disabling_ends_the_users_sessions_and_no_others()
    {
        foreach (var name in new[] { "anna", "ben", "cleo" })
        {
            await _access.SaveUserAsync(User(name), Stop);
            await _access.AddSessionAsync(Login(name), Stop);
        }
        await _access.SaveUserAsync(User("anna") with { PasswordHash = "new" }, Stop);
        await _access.SaveUserAsync(User("ben") with { Disabled = true }, Stop);
        await _access.SaveUserAsync(User("cleo") with { Role = AccessRole.Officer }, Stop);
        Assert.Null(await _access.FindSessionAsync("token-anna", Stop));
        Assert.Null(await _access.FindSessionAsync("token-ben", Stop));
        Assert.Equal(Login("cleo"), await _access.FindSessionAsync("token-cleo", Stop));
    }

    [Fact]
    public async Task A_session_ends_by_itself_or_when_it_is_ended()
    {
        await _access.SaveUserAsync(User("anna"), Stop);
        await _access.AddSessionAsync(Login("anna"), Stop);
        await _access.AddSessionAsync(Login("anna") with { TokenHash = "other" }, Stop);
        await _access.EndSessionAsync("other", Stop);
        Assert.Null(await _access.FindSessionAsync("other", Stop));
        _clock.Advance(TimeSpan.FromHours(8) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await _access.FindSessionAsync("token-anna", Stop));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await _access.FindSessionAsync("token-anna", Stop));
    }

    [Fact]
    public async Task A_revoked_key_is_seen_revoked_by_the_next_call_and_only_once()
    {
        var key = new ApiKey("k1", "gateway import", "hash", AccessRole.Ingest, Scope.County, _clock.Instant, null);
        await _access.AddKeyAsync(key, Stop);
        Assert.Equal(key, await _access.FindKeyAsync("k1", Stop));
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder, _clock);
        Assert.True(await other.Get<IAccessStore>().RevokeKeyAsync("k1", _clock.Instant, Stop));
        Assert.False(await _access.RevokeKeyAsync("k1", _clock.Instant, Stop));
        Assert.False(await _access.RevokeKeyAsync("none", _clock.Instant, Stop));
        Assert.Equal([key with { RevokedAt = _clock.Instant }], await _access.KeysAsync(Stop));
        Assert.Null(await _access.FindKeyAsync("none", Stop));
    }

    [Fact]
    public async Task The_audit_is_read_newest_first_and_goes_on_below_an_entry()
    {
        var audit = _store.Get<IAuditLog>();
        for (var i = 1; i <= 5; i++)
            await audit.AddAsync(
                new AuditEntry(0, new Instant(i), "cli", "key.revoke", $"key {i}", i == 1 ? null : "前", "{}"), Stop);
        var first = await audit.ListAsync(2, null, Stop);
        Assert.Equal(["key 5", "key 4"], first.Select(entry => entry.Subject));
        var rest = await audit.ListAsync(10, first[^1].Id, Stop);
        Assert.Equal(["key 3", "key 2", "key 1"], rest.Select(entry => entry.Subject));
        Assert.Equal(("前", null), (rest[0].Before, rest[2].Before));
        Assert.Equal(new Instant(3), rest[0].At);
    }

    UserAccount User(string name) => new(name, "hash", AccessRole.Agency, new Scope("ORG-1"), false, _clock.Instant);

    Session Login(string user) => new("token-" + user, user, TestStart, TestStart + TimeSpan.FromHours(8));

    static readonly Instant TestStart = new TestClock().Instant;
}
