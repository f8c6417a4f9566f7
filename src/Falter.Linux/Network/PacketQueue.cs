using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// A queue of netfilter in which packets wait until they are due (net/netfilter/nfnetlink_queue.c). They leave in the order in which they came: a packet
/// whose own delay is shorter than what is left of its predecessor's waits for that one. When its socket is closed, also by the end of this process,
/// packets that are in it are lost, and later ones do not come here (bypass).
/// </summary>
internal sealed unsafe class PacketQueue : IDisposable
{
    /// <summary>Packets that can wait at a time; more are lost, and counted: 1 Gbit/s of full-sized packets for 200 ms, and far more where the kernel joins them.</summary>
    public const int Capacity = 16384;

    private const int Queues = 3, NFQNL_MSG_PACKET = 0, NFQNL_MSG_CONFIG = 2, NFQNL_MSG_VERDICT_BATCH = 3;
    private const int NFQA_CFG_CMD = 1, NFQA_CFG_PARAMS = 2, NFQA_CFG_QUEUE_MAXLEN = 3, NFQA_CFG_MASK = 4, NFQA_CFG_FLAGS = 5;
    private const int NFQA_PACKET_HDR = 1, NFQA_VERDICT_HDR = 2;
    private const byte NFQNL_CFG_CMD_BIND = 1, NFQNL_COPY_META = 1;
    private const uint NFQA_CFG_F_GSO = 4, NF_ACCEPT = 1;
    // How long the end of the queue may be noticed late, once it delays nothing any more.
    private const int PassingMilliseconds = 10;
    private const int FirstNumber = 20000, NumbersTried = 1000;

    private readonly NetfilterSocket _socket;
    private readonly Descriptor _stopRead, _stopWrite;
    private readonly Delay _delay;
    private readonly ulong _seed;
    private readonly Queue<(long Due, uint Id)> _waiting = new();
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _passing = new();
    private volatile bool _closing;
    private long _packets, _lastDue;

    private PacketQueue(NetfilterSocket socket, ushort number, Delay delay, ulong seed)
    {
        _socket = socket;
        Number = number;
        _delay = delay;
        _seed = seed;
        (_stopRead, _stopWrite) = Descriptor.Pipe();
        _thread = new Thread(Run) { IsBackground = true, Name = "falter-delay", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>The queue's number in its namespace.</summary>
    public ushort Number { get; }

    /// <summary>Packets that were held so far.</summary>
    public long Packets => Interlocked.Read(ref _packets);

    /// <summary>Opens a queue that nobody else has, in the calling thread's namespace.</summary>
    public static PacketQueue Open(Delay delay, ulong seed)
    {
        NetfilterSocket socket = NetfilterSocket.Open();
        try
        {
            ushort number = Bind(socket);
            NetlinkMessage settings = Message(NFQNL_MSG_CONFIG, number, NetlinkMessage.Request | NetlinkMessage.Acknowledge)
                .Attribute(NFQA_CFG_PARAMS, 0, 0, 0, 0, NFQNL_COPY_META).Number(NFQA_CFG_QUEUE_MAXLEN, Capacity).Number(NFQA_CFG_MASK, NFQA_CFG_F_GSO).Number(NFQA_CFG_FLAGS, NFQA_CFG_F_GSO);
            if (socket.Ask(settings, 0) is { } error) throw new LinuxException("NFQNL_MSG_CONFIG", error);
            // Some 150 bytes an announcement; what does not fit is lost and counted in the kernel.
            socket.TrySet(Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, 16 << 20);
            socket.TrySet(Libc.SOL_NETLINK, Libc.NETLINK_NO_ENOBUFS, 1);
            return new PacketQueue(socket, number, delay, seed);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Packets that were lost because the queue was full. In the calling thread's namespace.</summary>
    public long Lost()
    {
        // queue number, port, waiting, copy mode, copy range, dropped by the queue, dropped at the socket, last id, 1
        foreach (string[] field in File.ReadLines("/proc/thread-self/net/netfilter/nfnetlink_queue").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (field.Length >= 7 && field[0] == Number.ToString(CultureInfo.InvariantCulture)) return long.Parse(field[5], CultureInfo.InvariantCulture) + long.Parse(field[6], CultureInfo.InvariantCulture);
        }
        return 0;
    }

    /// <summary>
    /// Lets everything go that waits, and from now on at once what still comes. Before any rule is removed: the kernel drops what is queued in a
    /// namespace when a hook of it goes (nf_queue_nf_hook_drop, net/netfilter/core.c).
    /// </summary>
    public void LetGo()
    {
        _stopWrite.Dispose();
        _passing.Wait();
    }

    /// <summary>Closes the queue. No rule must name it any more.</summary>
    public void Dispose()
    {
        LetGo();
        _closing = true;
        _thread.Join();
        _passing.Dispose();
        _socket.Dispose();
        _stopRead.Dispose();
    }

    private static ushort Bind(NetfilterSocket socket)
    {
        Errno? error = null;
        for (int i = 0; i < NumbersTried; i++)
        {
            ushort number = (ushort)(FirstNumber + (Environment.ProcessId + i) % NumbersTried);
            error = socket.Ask(Message(NFQNL_MSG_CONFIG, number, NetlinkMessage.Request | NetlinkMessage.Acknowledge).Attribute(NFQA_CFG_CMD, NFQNL_CFG_CMD_BIND, 0, 0, 0), 0);
            if (error is null) return number;
            // Another's: nfqnl_recv_config lets only the owner's port configure a queue.
            if (error != Errno.EPERM && error != Errno.EBUSY) break;
        }
        throw FalterException.Cannot("feature-missing", $"no queue for packets can be opened ({error}); it needs root and CONFIG_NETFILTER_NETLINK_QUEUE");
    }

    private static NetlinkMessage Message(int type, ushort queue, int flags) => new NetlinkMessage().Begin(Queues, type, (ushort)flags, 0, queue);

    private void Run()
    {
        byte[] buffer = new byte[1 << 18];
        while (!Wait())
        {
            Release(Stopwatch.GetTimestamp());
            TakeAll(buffer);
        }
        do
        {
            TakeAll(buffer);
            Release(long.MaxValue);
            _passing.Set();
            _ = pollfd_t.Poll([pollfd_t.For(_socket.Descriptor, Libc.POLLIN)], PassingMilliseconds);
        }
        while (!_closing);
    }

    /// <summary>Takes what has been announced; bounded, so that what is due is not kept waiting by a flood.</summary>
    private void TakeAll(byte[] buffer)
    {
        for (int round = 0; round < 64 && _socket.Receive(buffer) is int received && received > 0; round++) Take(buffer.AsSpan(0, received));
    }

    /// <summary>Waits for packets, for the next that is due, or for the end. True at the end.</summary>
    private bool Wait()
    {
        timespec_t limit;
        long ticks = _waiting.Count > 0 ? Math.Max(0, _waiting.Peek().Due - Stopwatch.GetTimestamp()) : Stopwatch.Frequency;
        (limit.tv_sec, limit.tv_nsec) = (ticks / Stopwatch.Frequency, ticks % Stopwatch.Frequency * 1_000_000_000 / Stopwatch.Frequency);
        pollfd_t* events = stackalloc pollfd_t[] { pollfd_t.For(_socket.Descriptor, Libc.POLLIN), pollfd_t.For(_stopRead, 0) };
        return Libc.ppoll(events, 2, &limit, null) > 0 && events[1].revents != 0;
    }

    /// <summary>Notes when the packets announced are due.</summary>
    private void Take(ReadOnlySpan<byte> messages)
    {
        const int headerLength = 20;
        long now = Stopwatch.GetTimestamp();
        for (int at = 0; at + headerLength <= messages.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(messages[at..]);
            if (length < headerLength || at + length > messages.Length) return;
            bool isPacket = BinaryPrimitives.ReadUInt16LittleEndian(messages[(at + 4)..]) == (Queues << 8 | NFQNL_MSG_PACKET);
            if (isPacket && PacketId(messages.Slice(at + headerLength, length - headerLength)) is { } id)
            {
                TimeSpan held = _delay.At(Decision.Lot(_seed, 0, 0, _packets, LotPurpose.DelayEnter));
                _lastDue = Math.Max(_lastDue, now + (long)(held.TotalSeconds * Stopwatch.Frequency));
                _waiting.Enqueue((_lastDue, id));
                Interlocked.Increment(ref _packets);
            }
            at += length + 3 & ~3;
        }
    }

    private static uint? PacketId(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes), type = BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & 0x3fff;
            if (length < 4 || length > attributes.Length) return null;
            // struct nfqnl_msg_packet_hdr { __be32 packet_id; … }
            if (type == NFQA_PACKET_HDR) return BinaryPrimitives.ReadUInt32BigEndian(attributes[4..]);
            attributes = attributes[Math.Min(attributes.Length, length + 3 & ~3)..];
        }
        return null;
    }

    /// <summary>Lets go what is due: one verdict holds for every packet up to an id, and ids rise in the order of arrival.</summary>
    private void Release(long now)
    {
        uint? last = null;
        while (_waiting.TryPeek(out (long Due, uint Id) packet) && packet.Due <= now) last = _waiting.Dequeue().Id;
        if (last is not { } id) return;
        byte[] verdict = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(verdict, NF_ACCEPT);
        BinaryPrimitives.WriteUInt32BigEndian(verdict.AsSpan(4), id);
        _socket.Send(Message(NFQNL_MSG_VERDICT_BATCH, Number, NetlinkMessage.Request).Attribute(NFQA_VERDICT_HDR, verdict));
    }
}
