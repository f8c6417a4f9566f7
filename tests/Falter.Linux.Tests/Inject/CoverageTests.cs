using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>
/// Every call of the x86-64 table, made once by itself and once under each mechanism: exactly the injected errno arrives, a call failed before has no effect, a call
/// failed after has it. The page docs/reference/coverage.md is generated from the same tables.
/// </summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    // No call that the program makes ends in EBADFD by itself: it is about sound devices.
    private static readonly Errno s_errno = new(77);

    [Fact]
    public void The_program_has_every_call_of_the_table() =>
        Assert.Equal(Syscall.All.Select(c => c.Name).Order(StringComparer.Ordinal), CoverageProgram.Calls.Select(c => c.Syscall.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(Mechanisms.SeccompNotify, FaultPhase.Before)]
    [InlineData(Mechanisms.SeccompAttach, FaultPhase.Before)]
    [InlineData(Mechanisms.BpfTrigger, FaultPhase.After)]
    [InlineData(Mechanisms.Ptrace, FaultPhase.Before)]
    [InlineData(Mechanisms.Ptrace, FaultPhase.After)]
    public async Task Exactly_the_errno_arrives_and_the_effect_is_as_the_phase_says(string mechanism, FaultPhase phase)
    {
        Assert.SkipWhen(mechanism == Mechanisms.BpfTrigger && Environment.GetEnvironmentVariable("FALTER_LONG") != "1",
            "its program is loaded anew for each of 381 calls, a second or more each; FALTER_LONG=1 runs it");
        CoveredMechanism covered = CoveredMechanism.All.Single(m => m.Name == mechanism);
        if (Environment.UserName != "root") Assert.Skip("needs root: the program has namespaces of its own");
        if (covered.WhyNot() is { } reason) Assert.Skip(reason);
        using var program = new CoverageProgram();
        CoveredCall[] made = [.. CoverageProgram.Calls.Where(c => c.Kind != CallKind.Left)];
        (LaunchedProcess process, ISyscallInjector injector) = covered.Start(program.Options,
            made.Select(c => c.Syscall).Where(c => covered.Refusal(phase, c) is null).ToHashSet());
        List<string> mistakes = [], lacking = [];
        int observable = 0;
        await using (process)
        await using (injector)
        {
            program.WaitForStart();
            foreach (CoveredCall call in made)
            {
                MadeCall natural = program.Make(call.Syscall);
                if (natural.IsLacking) lacking.Add(call.Syscall.Name);
                if (natural.Effect != SeenEffect.NoneObservable) observable++;
                foreach (string mistake in Mistakes(covered, phase, call, natural, program, injector)) mistakes.Add($"{call.Syscall}: {mistake}");
            }
        }
        output.WriteLine($"{made.Length} calls made, {observable} of them with an effect that can be seen; this machine lacks {lacking.Count}: {string.Join(", ", lacking)}");
        Assert.True(mistakes.Count == 0, $"{mistakes.Count} mistakes:\n{string.Join('\n', mistakes)}\n{program.Output}");
    }

    /// <summary>With FALTER_UPDATE=1 the page is written anew.</summary>
    [Fact]
    public void The_page_is_what_the_tables_say()
    {
        string page = Path.Combine(Victims.Repository, "docs", "reference", "coverage.md"), text = CoveragePage.Render();
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") File.WriteAllText(page, text);
        Assert.True(File.Exists(page) && File.ReadAllText(page) == text, "docs/reference/coverage.md is out of date; run the tests once with FALTER_UPDATE=1");
    }

    private static IEnumerable<string> Mistakes(CoveredMechanism covered, FaultPhase phase, CoveredCall call, MadeCall natural, CoverageProgram program, ISyscallInjector injector)
    {
        SyscallFault rule = SyscallFault.Error([call.Syscall], s_errno) with { Phase = phase };
        if (covered.Refusal(phase, call.Syscall) is not null)
        {
            return Record.Exception(() => injector.Arm([rule], 1)) is FalterException e && e.Findings.All(f => f.Code == "rule-not-supported")
                ? [] : ["was not refused"];
        }
        bool hindered = covered.Hindered.ContainsKey(call.Syscall.Name);
        MadeCall injected = program.Make(call.Syscall, () => injector.Arm([rule], 1), injector.Disarm);
        return MistakesByItself(call, natural, hindered)
            .Concat(phase == FaultPhase.After && natural.Failed ? MistakesUntouched(natural, injected, injector.Counts[0]) : MistakesInjected(covered, rule, natural, injected, injector.Counts[0]));
    }

    private static IEnumerable<string> MistakesByItself(CoveredCall call, MadeCall natural, bool hindered)
    {
        if (natural.IsLacking) yield break;
        bool ended = call.Kind == CallKind.Ends, fails = call.Kind == CallKind.Fails || hindered;
        if (natural.Ended != ended || !ended && natural.Failed != fails) yield return $"by itself it did not go as its entry says: {natural}";
        if (!fails && natural.Effect is SeenEffect.No or SeenEffect.NoDescriptor) yield return $"its own effect was not seen: {natural}";
    }

    private static IEnumerable<string> MistakesUntouched(MadeCall natural, MadeCall injected, InjectionCounts counts)
    {
        if (injected.Result != natural.Result) yield return $"it fails by itself and was to be left alone: {injected}, by itself {natural}";
        if (counts != new InjectionCounts(0, 0)) yield return $"it fails by itself and was counted: {counts}";
    }

    private static IEnumerable<string> MistakesInjected(CoveredMechanism covered, SyscallFault rule, MadeCall natural, MadeCall injected, InjectionCounts counts)
    {
        if (injected.Ended || injected.Result != -s_errno.Number) yield return $"{s_errno} ({s_errno.Number}) did not arrive: {injected}";
        bool closes = covered.ClosesDescriptors && !CoveredMechanism.KeptDescriptors.Contains(rule.Syscalls[0].Name);
        SeenEffect expected = rule.Phase == FaultPhase.Before ? Absent(natural.Effect) : closes && natural.Effect == SeenEffect.Descriptor ? SeenEffect.NoDescriptor : natural.Effect;
        if (!natural.Failed && injected.Effect != expected) yield return $"effect {injected.Effect}, expected {expected}";
        if (counts != new InjectionCounts(1, 1)) yield return $"one call was made, counted {counts}";
    }

    private static SeenEffect Absent(SeenEffect effect) => effect switch
    {
        SeenEffect.Yes => SeenEffect.No,
        SeenEffect.Descriptor => SeenEffect.NoDescriptor,
        var other => other,
    };
}
