using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

/// <summary>Certificates of the listener and of its clients: chains, names, revocation and renewal.</summary>
public sealed class CertificateTests : IDisposable
{
    static readonly Action<System.Buffers.IBufferWriter<byte>> NoSecret = MqttPeer.Connect(user: null, secret: null);

    readonly TempFolder _folder = new();
    readonly TestCertificates _root = new("root");

    [Theory, InlineData(true, false, true), InlineData(false, true, true), InlineData(false, false, false)]
    public async Task Certificate_of_an_issuing_authority_is_good_where_somebody_shows_who_vouches_for_that(
        bool sent, bool known, bool getsIn)
    {
        using var issuing = new TestCertificates("issuing", _root);
        using var client = issuing.Sign("GW-01");
        await using var listener = await StartAsync(known ? _root.AuthorityPem + "\n" + issuing.AuthorityPem : _root.AuthorityPem);
        Assert.Equal(getsIn, await TlsPeer.GetsInAsync(_root, listener.TlsPort, client, sent ? issuing.Authority : null));
        if (!getsIn) return;
        await using var stream = await TlsPeer.OpenAsync(
            _root, listener.TlsPort, client, sent ? issuing.Authority : null);
        Assert.Equal("20020000", await TlsPeer.SayAsync(stream, NoSecret, 4));
    }

    [Fact]
    public async Task Certificate_on_the_list_is_not_let_in_and_whoever_is_connected_with_it_is_disconnected()
    {
        using var stolen = _root.Sign("GW-01");
        using var another = _root.Sign("GW-01");
        await using var listener = await StartAsync(_root.AuthorityPem, _root.Revoke());
        await using var thief = await TlsPeer.OpenAsync(_root, listener.TlsPort, stolen);
        Assert.Equal("20020000", await TlsPeer.SayAsync(thief, NoSecret, 4));
        await using var late = await TlsPeer.OpenAsync(_root, listener.TlsPort, stolen);
        await using var owner = await TlsPeer.OpenAsync(_root, listener.TlsPort, another);
        Assert.Equal("20020000", await TlsPeer.SayAsync(owner, MqttPeer.Connect(clientId: "b", user: null, secret: null), 4));
        await RenewAsync(listener, "crl.pem", _root.Revoke(stolen));
        Assert.Equal("", await TlsPeer.HearAsync(thief, 1));
        Assert.Equal("", await TlsPeer.SayAsync(late, MqttPeer.Connect(clientId: "c", user: null, secret: null), 4));
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, stolen));
        Assert.True(await TlsPeer.GetsInAsync(_root, listener.TlsPort, another));
        Assert.Contains(listener.Log.Lines, line => line.Message.Contains("it was revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Issuing_authority_on_the_list_takes_all_it_signed_with_it()
    {
        using var issuing = new TestCertificates("issuing", _root);
        using var client = issuing.Sign("GW-01");
        var authorities = _root.AuthorityPem + "\n" + issuing.AuthorityPem;
        await using var listener = await StartAsync(authorities, _root.Revoke() + "\n" + issuing.Revoke());
        Assert.True(await TlsPeer.GetsInAsync(_root, listener.TlsPort, client));
        await RenewAsync(listener, "crl.pem", _root.Revoke(issuing.Authority) + "\n" + issuing.Revoke());
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, client));
    }

    [Fact]
    public async Task Certificate_whose_issuer_has_no_list_is_not_let_in_where_lists_are_kept()
    {
        using var issuing = new TestCertificates("issuing", _root);
        using var client = issuing.Sign("GW-01");
        await using var listener = await StartAsync(_root.AuthorityPem, _root.Revoke());
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, client, issuing.Authority));
    }

    [Fact]
    public async Task List_that_somebody_else_signed_or_that_is_none_is_refused_and_the_one_before_stays()
    {
        using var stolen = _root.Sign("GW-01");
        using var others = new TestCertificates("root");
        await Assert.ThrowsAsync<CryptographicException>(() => StartAsync(_root.AuthorityPem, others.Revoke()));
        await Assert.ThrowsAsync<CryptographicException>(() => StartAsync(_root.AuthorityPem, "nothing"));
        await using var listener = await StartAsync(_root.AuthorityPem, _root.Revoke(stolen));
        await RenewAsync(listener, "crl.pem", others.Revoke());
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, stolen));
        listener.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(listener.Log.Lines, line => line.Message.Contains("cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Overdue_list_goes_on_to_hold_and_is_complained_of_once()
    {
        using var stolen = _root.Sign("GW-01");
        using var good = _root.Sign("GW-01");
        var due = new DateTimeOffset(2026, 3, 17, 7, 0, 0, TimeSpan.Zero);
        await using var listener = await StartAsync(_root.AuthorityPem, _root.Revoke(due, stolen));
        listener.Clock.Advance(TimeSpan.FromDays(1));
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, stolen));
        Assert.True(await TlsPeer.GetsInAsync(_root, listener.TlsPort, good));
        Assert.Single(listener.Log.Lines, line => line.Message.Contains("should have been renewed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CN=GW-01, O=site", "GW-01"), InlineData("O=GW-01", null), InlineData("OU=GW-01, O=site", null)]
    [InlineData("CN=GW-01, CN=GW-02", null), InlineData("E=GW-01@site", null)]
    public void Only_a_single_common_name_names_a_gateway(string subject, string? name)
    {
        using var certificate = _root.SignSubject(new X500DistinguishedName(subject));
        Assert.Equal(name, ShownCertificate.NameOf(certificate));
    }

    // RFC 5280 §4.1.2.4: a part of a name may be a set of several.
    [Fact]
    public void Name_whose_parts_are_sets_names_no_gateway()
    {
        var name = new AsnWriter(AsnEncodingRules.DER);
        using (name.PushSequence())
        using (name.PushSetOf())
            foreach (var (type, value) in new[] { ("2.5.4.3", "GW-01"), ("2.5.4.11", "site") })
                using (name.PushSequence())
                {
                    name.WriteObjectIdentifier(type);
                    name.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
        using var certificate = _root.SignSubject(new X500DistinguishedName(name.Encode()));
        Assert.Null(ShownCertificate.NameOf(certificate));
    }

    [Fact]
    public async Task Certificate_of_one_gateway_with_the_secret_of_another_is_neither()
    {
        using var first = _root.Sign("GW-01");
        using var nobodys = _root.Sign("the site");
        await using var listener = await StartAsync(_root.AuthorityPem);
        var second = MqttPeer.Connect(user: "+/#", secret: "another secret");
        await using (var stream = await TlsPeer.OpenAsync(_root, listener.TlsPort, first))
            Assert.Equal("20020005", await TlsPeer.SayAsync(stream, second, 4));
        await using (var stream = await TlsPeer.OpenAsync(_root, listener.TlsPort, nobodys))
            Assert.Equal("20020000", await TlsPeer.SayAsync(stream, second, 4));
    }

    [Fact]
    public async Task Renewed_certificate_is_taken_whatever_its_files_time_and_a_half_written_pair_when_it_is_whole()
    {
        using var first = _root.Sign("first");
        using var second = _root.Sign("second");
        await WriteAsync("own.pem", first.ExportCertificatePem());
        await WriteAsync("own.key", Key(first));
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { Tls = new MqttTlsOptions
        {
            Port = 0, Certificate = _folder.File("own.pem"), Key = _folder.File("own.key"),
        } });
        Assert.Equal("CN=first", await ShownAsync(listener));
        await RenewAsync(listener, "own.pem", second.ExportCertificatePem());
        Assert.Equal("CN=first", await ShownAsync(listener));
        await RenewAsync(listener, "own.key", Key(second));
        Assert.Equal("CN=second", await ShownAsync(listener));
        await RenewAsync(listener, "own.pem", "-----BEGIN nothing");
        File.Delete(_folder.File("own.key"));
        listener.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("CN=second", await ShownAsync(listener));
        Assert.Equal(3, listener.Log.Lines.Count(line => line.Message.Contains("cannot be used", StringComparison.Ordinal)));
    }

    // As a secret is mounted: the file is a link to a folder's, and the folder is another one after a renewal.
    [Fact]
    public async Task Renewal_behind_a_link_is_noticed()
    {
        using var first = _root.Sign("first");
        using var second = _root.Sign("second");
        foreach (var (name, one) in new[] { ("1", first), ("2", second) })
        {
            Directory.CreateDirectory(_folder.File(name));
            await WriteAsync(Path.Combine(name, "tls.pem"), TestCertificates.Pem(one));
        }
        Directory.CreateSymbolicLink(_folder.File("data"), _folder.File("1"));
        File.CreateSymbolicLink(_folder.File("tls.pem"), Path.Combine("data", "tls.pem"));
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { Tls = new MqttTlsOptions { Port = 0, Certificate = _folder.File("tls.pem") } });
        Assert.Equal("CN=first", await ShownAsync(listener));
        Directory.Delete(_folder.File("data"));
        Directory.CreateSymbolicLink(_folder.File("data"), _folder.File("2"));
        listener.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=second", await ShownAsync(listener));
    }

    [Fact]
    public async Task Authorities_are_read_again_and_whoever_came_by_one_that_is_gone_goes()
    {
        using var next = new TestCertificates("next root");
        using var old = _root.Sign("GW-01");
        using var renewed = next.Sign("GW-01");
        await using var listener = await StartAsync(_root.AuthorityPem);
        await using var connected = await TlsPeer.OpenAsync(_root, listener.TlsPort, old);
        Assert.Equal("20020000", await TlsPeer.SayAsync(connected, NoSecret, 4));
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, renewed));
        await RenewAsync(listener, "ca.pem", next.AuthorityPem);
        Assert.Equal("", await TlsPeer.HearAsync(connected, 1));
        Assert.False(await TlsPeer.GetsInAsync(_root, listener.TlsPort, old));
        Assert.True(await TlsPeer.GetsInAsync(_root, listener.TlsPort, renewed));
    }

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    async Task<ListenerUnderTest> StartAsync(string authorities, string? lists = null)
    {
        using var own = _root.Sign("listener");
        await WriteAsync("own.pem", TestCertificates.Pem(own));
        await WriteAsync("ca.pem", authorities);
        if (lists is not null) await WriteAsync("crl.pem", lists);
        return await ListenerUnderTest.StartAsync(new MqttOptions
        {
            Tls = new MqttTlsOptions
            {
                Port = 0, Certificate = _folder.File("own.pem"), ClientCa = _folder.File("ca.pem"),
                ClientCrl = lists is null ? null : _folder.File("crl.pem"),
                ClientCertificates = ClientCertificates.Required, CertificateIsLogin = true,
            },
        });
    }

    async Task RenewAsync(ListenerUnderTest listener, string file, string text)
    {
        await WriteAsync(file, text);
        listener.Clock.Advance(TimeSpan.FromSeconds(10));
    }

    // All of one time, as a careless copy leaves them.
    async Task WriteAsync(string file, string text)
    {
        await File.WriteAllTextAsync(_folder.File(file), text);
        File.SetLastWriteTimeUtc(_folder.File(file), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
    }

    async Task<string> ShownAsync(ListenerUnderTest listener)
    {
        await using var stream = await TlsPeer.OpenAsync(_root, listener.TlsPort);
        return stream.RemoteCertificate!.Subject;
    }

    static string Key(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();
}
