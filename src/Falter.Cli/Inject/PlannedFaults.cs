using System.CommandLine;
using Falter.Inject;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary>The faults that a command line asks for, and the seed of their lots.</summary>
/// <param name="Faults">In order.</param>
/// <param name="Seed">Given, replayed or drawn.</param>
/// <param name="Duration">How long they are to be armed, where the source says so.</param>
internal sealed record PlannedFaults(IReadOnlyList<Fault> Faults, ulong Seed, TimeSpan? Duration = null);

/// <summary>Where faults come from: rules on the command line, a file of rules, error models, or an earlier injection. One of them.</summary>
internal sealed class FaultSources
{
    private readonly Argument<string[]> _rules = new("RULE")
    {
        Description = "SYSCALLS:error=ERRNO[:rate=5%][:count=N][:path=GLOB][:phase=before|after]… as strace's inject=, and more; process:…, network:…, container:…: docs/reference/rules.md. Of several rules for a call the first that acts wins",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _file = OptionTypes.File("--faults", "Arm the faults of this YAML file; its seed and duration hold where the options are not given");
    private readonly Option<string?> _replay = OptionTypes.File("--replay", "Arm again what this faults.jsonl says was armed, with its seed: same calls per thread, same choices");
    private readonly Option<int?> _replayPlan = OptionTypes.OptionalCountFromZero("--replay-plan", "With --replay of a run folder's file: this plan", 2);
    private readonly Option<ulong?> _seed = OptionTypes.Seed("Same seed, same calls per thread: same choices");
    private readonly ModelRules _models;
    private readonly string _example;

    public FaultSources(Verb verb)
    {
        _example = verb.Example;
        verb.Arguments.Add(_rules);
        _models = new ModelRules(verb);
        foreach (Option option in (Option[])[_file, _replay, _replayPlan, _seed]) verb.Options.Add(option);
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FalterException">None, or several sources; mistakes in them.</exception>
    public PlannedFaults Read(ParseResult parsed)
    {
        string[] written = parsed.GetValue(_rules) ?? [];
        FaultReplay? replay = Replay(parsed);
        IReadOnlyList<SyscallFault>? models = _models.Read(parsed);
        FaultsDocument? file = parsed.GetValue(_file) is { } path ? FaultsFile.Read(path) : null;
        (string Name, bool Given)[] sources = [("RULE", written.Length > 0), ("--faults", file is not null), ("--models", models is not null), ("--replay", replay is not null)];
        string[] given = [.. sources.Where(s => s.Given).Select(s => s.Name)];
        if (given.Length == 0) throw FalterException.Usage("bad-option", $"RULE is missing; expected for example {_example}");
        if (given.Length > 1) throw FalterException.Usage("bad-option", $"{string.Join(" and ", given)}: expected one of them{(written.Length > 0 ? $" (the rule is '{written[0]}')" : "")}");
        // 53 bits: every reader of JSON keeps it whole.
        ulong seed = parsed.GetValue(_seed) ?? replay?.Seed ?? file?.Seed ?? (ulong)Random.Shared.NextInt64(1L << 53);
        return new PlannedFaults(file?.Faults ?? models ?? FaultParser.Parse(replay?.Rules ?? written), seed, replay?.Duration ?? file?.Duration);
    }

    private FaultReplay? Replay(ParseResult parsed)
    {
        int? plan = parsed.GetValue(_replayPlan);
        if (parsed.GetValue(_replay) is { } file) return FaultReplay.Read(file, plan);
        return plan is null ? null : throw FalterException.Usage("bad-option", "--replay-plan: only with --replay; expected for example --replay RUN/faults.jsonl --replay-plan 0");
    }
}
