using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// One physical endpoint: one request, one verified answer. The answer is held against the question (transaction id, meter, function,
/// byte count, length, check sum); what does not belong to it is thrown away or ends the connection, never returned.
/// <para>It connects when asked and needed, and again after a fault. Whether to ask again is for the loop that owns it to decide; only where
/// the other side had closed a kept connection before it read the question is a read asked once more, on a new one.
/// One question at a time: the caller awaits an answer before the next.</para>
/// </summary>
public interface IModbusTransport : IAsyncDisposable
{
    /// <summary>Asks and waits for the answer; an exception of the meter is an answer.</summary>
    /// <exception cref="ModbusLinkException">when no trustworthy answer came, or the line does not carry the protocol; says why.</exception>
    /// <exception cref="ArgumentException">when the protocol has no such question.</exception>
    ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop);

    /// <summary>
    /// Asks several questions, with up to <see cref="ModbusTiming.MaxInFlight"/> on the way at once where the line can tell their
    /// answers apart (Modbus TCP, no gap), else one after the other. Each answer comes with the index of its question as soon as it is
    /// verified, in whatever order the meter gives them, and is valid until the next is asked for; each has its own time limit.
    /// <para>After a fault nothing more is asked: the answers that still come in their time are handed over, then the fault is
    /// thrown. What has no answer by then was not answered, or not asked. Leaving early gives up what is on the way.</para>
    /// </summary>
    /// <exception cref="ModbusLinkException">as of a single question.</exception>
    IAsyncEnumerable<IndexedAnswer> AskAllAsync(IReadOnlyList<MeterRequest> requests, ModbusTiming timing, CancellationToken stop) =>
        OneByOneAsync(this, requests, timing, stop);

    /// <summary>How long the line is left quiet before it is asked again, because of a question that had no answer.</summary>
    TimeSpan Owed => TimeSpan.Zero;

    /// <summary>Gives the connection up, so that others get in; the next question opens it again. Not while a question is open.</summary>
    void Release() { }

    internal static async IAsyncEnumerable<IndexedAnswer> OneByOneAsync(
        IModbusTransport transport, IReadOnlyList<MeterRequest> requests, ModbusTiming timing, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var i = 0; i < requests.Count; i++) yield return new(i, await transport.AskAsync(requests[i], timing, stop));
    }
}

/// <param name="Index">Which of the questions it answers.</param>
public readonly record struct IndexedAnswer(int Index, ModbusAnswer Answer);

/// <param name="SentAt">The moment the request was sent: the instant of the values in it.</param>
/// <param name="Exception"><see cref="ModbusExceptionCode.None"/> where there is data.</param>
/// <param name="Data">What was asked for as it came: registers high byte first, bits lowest first; valid until the next request.</param>
public readonly record struct ModbusAnswer(Instant SentAt, ModbusExceptionCode Exception, ReadOnlyMemory<byte> Data);

/// <summary>What a model's meters need: quiet after the connection is made, quiet between requests, and how long an answer may take.</summary>
/// <param name="MaxInFlight">Questions that may be on the way at once; more than one only for meters known to bear it.</param>
public readonly record struct ModbusTiming(TimeSpan ConnectDelay, TimeSpan Gap, TimeSpan ResponseTimeout, int MaxInFlight = 1)
{
    /// <summary>
    /// Whether other registers may be asked for, too, to tell late answers apart: by a scan, which knows of no model that forbids any.
    /// </summary>
    public bool ReadsMore { get; init; }

    public static ModbusTiming Default => new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromSeconds(1));
}

/// <summary>Why there is no answer.</summary>
public enum LinkFault
{
    /// <summary>The endpoint itself: nobody behind it can be asked.</summary>
    Unreachable,
    TimedOut,
    Closed,
    WrongAnswer,
    /// <summary>The line cannot carry the question; nothing was sent, and nobody else is concerned.</summary>
    NotAsked,
}

/// <summary>No trustworthy answer came; nothing is known of the registers. The message names the reason in words.</summary>
public sealed class ModbusLinkException(LinkFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public LinkFault Fault { get; } = fault;
}
