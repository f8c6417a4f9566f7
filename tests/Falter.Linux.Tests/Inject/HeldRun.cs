using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>The program <c>held</c>, launched with a filter that selects getppid and with rules that are armed before its first call.</summary>
internal sealed class HeldRun : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder _folder = new();

    private HeldRun(SeccompInjector injector, bool notYet, string[] arguments)
    {
        Injector = injector;
        Target = Launcher.Launch(new LaunchOptions
        {
            Command = [Victims.Path("held"), .. arguments],
            OutputFile = _folder["out"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GO"] = notYet ? _folder["go"] : null },
        }, injector.AtExec);
    }

    public static Syscall Getppid { get; } = Syscall.Named("getppid");

    public SeccompInjector Injector { get; }
    public LaunchedProcess Target { get; }

    /// <summary>What the program has printed so far.</summary>
    public string Output => File.ReadAllText(_folder["out"]);

    /// <summary>The calls that it has printed so far: result, milliseconds, SIGUSR1s.</summary>
    public IReadOnlyList<(long Result, double Milliseconds, int Signals)> Calls => [.. Output.Split('\n').Select(l => l.Split(' ')).Where(w => w is ["call", _, _, _])
        .Select(w => (long.Parse(w[1], CultureInfo.InvariantCulture), double.Parse(w[2], CultureInfo.InvariantCulture), int.Parse(w[3], CultureInfo.InvariantCulture)))];

    /// <summary>A rule for getppid.</summary>
    public static SyscallFault Rule(SyscallEffect effect) => new() { Syscalls = [Getppid], Effect = effect };

    /// <summary>Launches it.</summary>
    /// <param name="rule">The rule; null: nothing is armed.</param>
    /// <param name="waitKillable">False: as on kernels before 5.19.</param>
    /// <param name="arguments">Of the program.</param>
    public static HeldRun Start(SyscallFault? rule, bool waitKillable, params string[] arguments)
    {
        SeccompInjector injector = SeccompInjector.Prepare(new HashSet<Syscall> { Getppid }, InjectionRun.Keeper, waitKillable);
        if (rule is not null) injector.Arm([rule], 1);
        return new HeldRun(injector, notYet: false, arguments);
    }

    public static Delay Milliseconds(int mean) => new(TimeSpan.FromMilliseconds(mean), TimeSpan.Zero);

    /// <summary>A delay that nobody waits out.</summary>
    public static Delay Hour { get; } = new(TimeSpan.FromHours(1), TimeSpan.Zero);

    public static void Await(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, s_limit), what);

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task EndAsync()
    {
        ExitStatus status = await Target.Exited.WaitAsync(s_limit);
        Assert.True(status.IsSuccess, $"{status} {Output}");
        Assert.Contains("ended ", Output);
    }

    public async ValueTask DisposeAsync()
    {
        Injector.Dispose();
        await Target.DisposeAsync();
        _folder.Dispose();
    }
}
