using System.IO.MemoryMappedFiles;
using System.Text;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>How a call of <c>tests/programs/coverage.c</c> can be made.</summary>
internal enum CallKind
{
    Succeeds,

    /// <summary>It always fails by itself.</summary>
    Fails,

    /// <summary>It does not return.</summary>
    Ends,

    /// <summary>It is not made.</summary>
    Left,
}

/// <summary>One entry of the program's table.</summary>
internal sealed record CoveredCall(Syscall Syscall, CallKind Kind, string Reason);

/// <summary>What was seen of a call's effect; in the order of the program's constants.</summary>
internal enum SeenEffect
{
    NoneObservable,
    No,
    Yes,
    NoDescriptor,
    Descriptor,
}

/// <summary>How one call went.</summary>
/// <param name="Result">What it returned; a negated errno where it failed. Without meaning where <paramref name="Ended"/>.</param>
/// <param name="Effect">Whether it had its effect.</param>
/// <param name="Ended">Whether the process that made it was gone.</param>
/// <param name="Lacking">The errno by which this machine says that it lacks what the call is about; 0: there is none.</param>
internal readonly record struct MadeCall(long Result, SeenEffect Effect, bool Ended, int Lacking)
{
    public bool Failed => Result is < 0 and >= -4095;

    /// <summary>Whether kernel or processor do not have it.</summary>
    public bool IsLacking => Failed && (-Result == 38 /* ENOSYS */ || -Result == Lacking);

    public override string ToString() => Ended ? "the process ended" : $"result {Result}, effect {Effect}";
}

/// <summary>
/// The program that makes each call once when it is told to. Orders and answers go through memory that both share, so that no call of their own making is there
/// to be injected into.
/// </summary>
internal sealed class CoverageProgram : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _shared;

    public CoverageProgram()
    {
        Directory.CreateDirectory(_folder["own"]);
        _file = MemoryMappedFile.CreateFromFile(_folder["shared"], FileMode.Create, null, 4096);
        _shared = _file.CreateViewAccessor();
    }

    // In the order of the program's constants.
    private enum Step { Starting, Idle, Prepare, Ready, Make, Made, Look, Looked, End }

    // Offsets in the program's struct shared.
    private enum Field { Step = 0, Number = 4, Effect = 8, Ended = 12, Lacking = 16, Result = 24, Born = 32, Name = 36 }

    private const int NameLength = 64;

    /// <summary>How it is launched.</summary>
    public LaunchOptions Options => new() { Command = [Victims.Path("coverage"), _folder["shared"], _folder["own"]], OutputFile = _folder["output"] };

    /// <summary>What it said: preparations that went wrong.</summary>
    public string Output => File.ReadAllText(_folder["output"]);

    /// <summary>Its table, ordered by number.</summary>
    public static IReadOnlyList<CoveredCall> Calls { get; } =
    [
        .. Victims.Run(Victims.Path("coverage"), "list").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 3))
            .Select(w => new CoveredCall(Syscall.Named(w[0]), Enum.Parse<CallKind>(w[1], ignoreCase: true), w[2])).OrderBy(c => c.Syscall.Number),
    ];

    /// <summary>Waits until it takes orders.</summary>
    public void WaitForStart() => WaitFor(Step.Idle);

    /// <summary>Makes one call.</summary>
    /// <param name="call">Which.</param>
    /// <param name="arm">Called right before it, while nothing but the memory is looked at.</param>
    /// <param name="disarm">Called right after it.</param>
    public MadeCall Make(Syscall call, Action? arm = null, Action? disarm = null)
    {
        Order(call);
        if (WaitFor(Step.Ready, Step.Looked) == Step.Looked) throw new InvalidOperationException($"{call} was not prepared: {Output}");
        arm?.Invoke();
        Set(Step.Make);
        try
        {
            if (WaitFor(Step.Made, Step.Looked) == Step.Looked) return Answer();
        }
        finally
        {
            disarm?.Invoke();
        }
        Set(Step.Look);
        WaitFor(Step.Looked);
        return Answer();
    }

    public void Dispose()
    {
        Set(Step.End);
        _shared.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }

    private void Order(Syscall call)
    {
        byte[] fields = new byte[(int)Field.Name + NameLength];
        Encoding.ASCII.GetBytes(call.Name, fields.AsSpan((int)Field.Name));
        _shared.WriteArray(0, fields, 0, fields.Length);
        _shared.Write((int)Field.Number, (int)call.Number);
        Set(Step.Prepare);
    }

    private MadeCall Answer()
    {
        var made = new MadeCall(_shared.ReadInt64((int)Field.Result), (SeenEffect)_shared.ReadInt32((int)Field.Effect), _shared.ReadInt32((int)Field.Ended) != 0,
            _shared.ReadInt32((int)Field.Lacking));
        Set(Step.Idle);
        return made;
    }

    private void Set(Step step)
    {
        Thread.MemoryBarrier();
        _shared.Write((int)Field.Step, (int)step);
    }

    private Step WaitFor(params Step[] steps)
    {
        Step now = default;
        bool Came()
        {
            now = (Step)_shared.ReadInt32((int)Field.Step);
            return steps.Contains(now);
        }
        Assert.True(SpinWait.SpinUntil(Came, s_limit), $"the program is at {now} and not at {string.Join(" or ", steps)}: {Output}");
        Thread.MemoryBarrier();
        return now;
    }
}
