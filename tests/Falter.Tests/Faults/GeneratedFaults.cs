using System.Net;
using Falter.Records;

namespace Falter.Tests.Faults;

/// <summary>Faults of every kind with every field that can stand together, out of a seed.</summary>
internal sealed class GeneratedFaults(int seed)
{
    // Characters that mean something somewhere in the language.
    private const string Telling = "ab:,\\=/ -+.@*%é\"'#~!";

    private readonly Random _random = new(seed);

    public Fault Next() => _random.Next(8) switch
    {
        0 => Process(),
        1 => Network(),
        2 => Timed(new ContainerFault { Action = ContainerAction.Disconnect, Network = Maybe(() => Name()) }),
        _ => Rule(),
    };

    private SyscallFault Rule()
    {
        bool isAfter = _random.Next(4) == 0, isShort = !isAfter && _random.Next(5) == 0;
        Syscall[] calls = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Pick(isShort ? ["read", "write", "sendto"] : ["open", "stat", "read", "openat", "sendto"])).Distinct().Select(Syscall.Named)];
        // A call with a descriptor, so that every predicate has something to match.
        if (!isShort) calls = [.. calls.Append(Syscall.Named("sendmsg")).Distinct()];
        return Timed(new SyscallFault
        {
            Syscalls = calls,
            SyscallsText = _random.Next(3) == 0 ? string.Join(',', calls) : null,
            Effect = Effect(isAfter, isShort),
            Condition = Condition(),
            Where = Where(isAfter),
            Phase = isAfter ? FaultPhase.After : FaultPhase.Before,
        });
    }

    private SyscallEffect Effect(bool isAfter, bool isShort)
    {
        int result = isShort ? 2 : _random.Next(3);
        return new SyscallEffect
        {
            Error = result == 0 ? new Errno((short)_random.Next(1, 4096)) : null,
            ReturnValue = result == 1 ? _random.NextInt64() : null,
            Short = isShort ? Math.Max(_random.NextDouble(), 1e-9) : null,
            Signal = result == 2 && !isShort ? new Signal(_random.Next(1, 65)) : null,
            DelayEnter = isAfter ? null : Maybe(() => (Delay?)Delay()),
            DelayExit = Maybe(() => (Delay?)Delay()),
        };
    }

    private CallCondition Condition() => _random.Next(3) switch
    {
        0 => new CallCondition { When = Numbers(), Count = Maybe(() => (long?)_random.NextInt64(1, long.MaxValue)) },
        1 => new CallCondition { Rate = Math.Max(_random.NextDouble() / 2 / Math.Pow(10, _random.Next(12)), 1e-15), Burst = Maybe(() => (double?)(1 + _random.NextDouble() * Math.Pow(10, _random.Next(20)))) },
        _ => new CallCondition { Rate = _random.Next(1, 101) / 100.0 },
    };

    private CallNumbers Numbers()
    {
        long first = _random.NextInt64(1, 1000);
        long? last = Maybe(() => (long?)(first + _random.NextInt64(0, 1000)));
        return new CallNumbers(first, last, _random.Next(0, 4));
    }

    private CallPredicates Where(bool isAfter) => new()
    {
        Paths = Some(Glob),
        Descriptors = [.. Some(() => _random.Next()).Distinct()],
        Peers = Some(() => Peer(true)),
        Ports = Some(Ports),
        Arguments = Some(() => new ArgumentPredicate(_random.Next(6), (Comparison)_random.Next(7), (ulong)_random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64))),
        Threads = Some(ShortGlob),
        Processes = Some(ShortGlob),
        Roles = Some(Name),
        SuccessOnly = isAfter && _random.Next(2) == 0,
    };

    private ProcessFault Process()
    {
        ProcessFault fault = _random.Next(4) switch
        {
            0 => new ProcessFault { Action = ProcessAction.Signal, Signal = new Signal(_random.Next(1, 65)), After = Time() },
            1 => Timed(new ProcessFault { Action = ProcessAction.Pause }),
            2 => Timed(new ProcessFault { Action = ProcessAction.Cpu, Cpus = _random.NextDouble() * 8 + 1e-6 }),
            _ => Timed(new ProcessFault { Action = ProcessAction.Memory, MemoryBytes = _random.NextInt64(4096, long.MaxValue) }),
        };
        return fault with { Processes = Some(Glob) };
    }

    private NetworkFault Network()
    {
        var action = (NetworkAction)_random.Next(5);
        return Timed(new NetworkFault
        {
            Action = action,
            Share = action == NetworkAction.Drop ? Math.Max(_random.NextDouble(), 1e-6) : 1,
            Delay = action == NetworkAction.Delay ? Delay() : null,
            BitsPerSecond = action == NetworkAction.Rate ? _random.NextInt64(8, long.MaxValue) : null,
            Direction = (NetworkDirection)_random.Next(3),
            Peers = Some(() => Peer(false)),
            Ports = Some(Ports),
            Protocol = Maybe(() => action == NetworkAction.Reset ? "tcp" : Pick("tcp", "udp")),
        });
    }

    private T Timed<T>(T fault) where T : Fault => fault with { After = Maybe(Time), For = Maybe(() => (TimeSpan?)Time()) };

    private TimeSpan Time() => TimeSpan.FromTicks(_random.NextInt64(1, 10L * TimeSpan.TicksPerDay) >> _random.Next(40)) + TimeSpan.FromTicks(1);

    private Delay Delay()
    {
        TimeSpan mean = Time();
        return new Delay(mean, TimeSpan.FromTicks(_random.NextInt64(mean.Ticks + 1)));
    }

    private PeerPattern Peer(bool canBePath) => _random.Next(canBePath ? 5 : 4) switch
    {
        0 => new PeerPattern(null, Maybe(() => (PortRange?)Ports()), null),
        1 => new PeerPattern(new IPNetwork(IPAddress.Parse("10.0.0.0"), _random.Next(8, 25)), Maybe(() => (PortRange?)Ports()), null),
        2 => new PeerPattern(new IPNetwork(IPAddress.Parse("192.168.7.9"), 32), Maybe(() => (PortRange?)Ports()), null),
        3 => new PeerPattern(new IPNetwork(IPAddress.Parse("fe80::"), _random.Next(10, 129)), Maybe(() => (PortRange?)Ports()), null),
        _ => new PeerPattern(null, null, new Glob(Pick("/", "@") + Glob())),
    };

    private PortRange Ports()
    {
        int first = _random.Next(1, 65536);
        return new PortRange(first, _random.Next(2) == 0 ? first : _random.Next(first, 65536));
    }

    private Glob Glob() => new(Name() + Pick("", "", "{x,y\\}", "[:,]", "[!]a-c]", "/**", "{a\\,b,[,}]}", "[[]:80", "\U0001F98B", "\u2028\t"));

    private Glob ShortGlob() => new(Pick("a,b", "a:b", "io\\", "[:,]*", "{a,b}", "x y"));

    private string Name() => new([.. Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Telling[_random.Next(Telling.Length)])]);

    private T[] Some<T>(Func<T> one) => _random.Next(3) > 0 ? [] : [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => one())];

    private T? Maybe<T>(Func<T> one) => _random.Next(2) == 0 ? one() : default;

    private string Pick(params string[] texts) => texts[_random.Next(texts.Length)];
}
