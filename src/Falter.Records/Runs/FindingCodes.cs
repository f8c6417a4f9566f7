namespace Falter.Records;

/// <summary>Every code that a finding can bear, with cause and remedy. <c>docs/reference/codes.md</c> is generated from this table.</summary>
public static class FindingCodes
{
    /// <summary>Code, cause, remedy.</summary>
    public static readonly IReadOnlyList<(string Code, string Cause, string Remedy)> All =
    [
        // What the user wrote.
        ("bad-option", "An option's value is not of the expected form.", "Write it as the message shows; `falter VERB --help` lists the options."),
        ("bad-rule", "A fault rule does not follow the rule language.", "Compare with `openat:error=ENOENT:rate=5%`; docs/reference/rules.md describes the language."),
        ("rule-unreachable", "A rule can never act: earlier rules act on every call that it could, and the first rule that acts wins.", "Put the narrower rule first, or give the earlier one a `rate=`, `when=`, `count=` or a predicate."),
        ("faults-not-readable", "A file of faults cannot be read, or holds mistakes: unknown or duplicate keys, wrong types, rules that the rule language does not have.", "Correct the lines in the message; docs/reference/rules.md shows such a file."),
        ("experiment-not-readable", "The file of an experiment cannot be read, or holds mistakes: unknown or duplicate keys, wrong types, contradictions.", "Correct the lines in the message; docs/reference/experiment-file.md describes every field, `falter init` writes such a file."),
        ("file-exists", "The file to write is there already, and what is in it would be lost.", "Name another with -o, or remove it first."),
        ("unknown-syscall", "No system call of this architecture has that name.", "Take one of the nearest names in the message."),
        ("unknown-errno", "No errno has that name or number.", "Take one of the nearest names in the message."),
        ("no-target", "No target was given.", "Give `-p PID`, `--name NAME`, or a command after `--`."),
        ("target-not-found", "The process, or the command to launch, does not exist.", "Check the pid with `ps`, the command with `command -v`."),
        ("target-refused", "The target is one that Falter never touches: pid 1, a kernel thread, or Falter itself.", "Name the process that you want to test."),
        ("target-traced", "Another tracer (a debugger, strace) holds the target, and the kernel allows one.", "End the other tracer first."),
        ("target-claimed", "Another Falter injects into the target, or into a part of it: each would take the other's faults for the target's own.", "Wait for its end, or stop it with Ctrl-C."),
        ("rule-not-supported", "The mechanism that reaches this target cannot carry the rule out.", "Follow the alternative in the message."),
        ("target-exited", "The target ended before the work on it began.", "Run it by itself and read its output; give it the options that keep it in the foreground."),
        ("target-filtered", "The target has seccomp filters already, so another cannot be put into it: they might kill it for the calls that this takes, and the kernel allows one listener.", "Use ptrace: `--mechanism ptrace`, or let Falter launch the target."),
        ("check-never-healthy", "The target never passed its checks, so there is no steady state to compare with.", "Try the check by hand; raise --ready-timeout."),
        ("prepare-failed", "A command that prepares the system under test, or cleans up after it, did not end with status 0.", "Run it by hand; what it said last is in the message."),
        ("system-order", "Roles wait for each other, or for one that there is not, so that there is no order to start them in.", "Correct `after` of the roles in the message."),
        ("folder-not-writable", "The run folder, or the file that -o names, cannot be created or written.", "Give another with -o."),
        ("no-check", "No check was given: nothing could be judged.", "Give `--check URL` or `--check COMMAND`."),
        ("models-not-readable", "The file holds no error models, or mistakes: unknown or duplicate keys, wrong types, a rate above 1.", "Correct the lines in the message; `falter models RECORDING -o models.yaml` writes such a file."),
        ("query-not-readable", "The file is not what Phoebe saves as query_results.json, or the answer is not what a Prometheus sends.", "Check the file, or the URL: it is the one that shows Prometheus's own page."),
        ("prometheus-unreachable", "No Prometheus answers at that URL.", "Check the URL with `curl URL/-/ready`, and proxies and firewalls between."),
        ("prometheus-refused", "Prometheus refused the query.", "Correct --match, --by, or the window as the message says."),
        ("replay-not-readable", "The file of --replay holds no faults that could be armed again.", "Give a file that `falter inject --log FILE` or `falter assess` wrote; choose a plan with --replay-plan."),
        ("calls-not-logged", "Calls were acted on faster than the log could be written, or its disk is full; the counts are right.", "Log to a faster disk with more room, or inject at a lower rate."),
        ("no-samples", "The window or recording holds no interval that a rate can be computed from.", "Choose a window in which the target was observed; a counter needs two samples."),
        ("injections-left-out", "Intervals with injected errors were left out: what was injected is not natural.", "Nothing, if enough intervals remain; else observe without injecting."),
        ("recording-cut-off", "The last line of a recording has no end: its writer was killed, or is still writing.", "Nothing: that interval was left out."),
        ("model-not-injected", "A model of the file was left out of the injection.", "Follow the reason in the message."),
        ("run-not-readable", "The folder holds no run that this version can read.", "Give a folder that `falter assess` wrote."),
        ("address-not-usable", "The address of --listen cannot be bound.", "Give another port or address; port 0 takes any port that is free."),
        // What this machine lacks.
        ("not-root", "The work needs a privilege that this user does not have.", "Run it as root."),
        ("feature-missing", "The kernel lacks a feature that the work needs.", "`falter doctor` lists features, first kernel versions and remedies."),
        ("prerequisite-missing", "A program or library that Falter uses is not installed.", "Run `eng/prerequisites`."),
        ("keeper-lost", "The keeper, the process that would answer for the target when Falter is gone, has ended or could not take over.", "Run it again; the target was let go."),
        ("journal-not-writable", "The journal of what must be undone cannot be written, and nothing is armed that could not be undone.", "Free space in /run, or name another folder with FALTER_JOURNALS."),
        ("rules-refused", "The kernel, or the program that sets its rules (nft, tc), refused what a network fault needs.", "Read what it said in the message; `falter doctor` lists what this kernel can do."),
        ("network-shared", "The target shares its network with processes that are no target, and nothing tells its packets from theirs.", "Give it a control group of its own (a service, `systemd-run --scope COMMAND`) or a network namespace of its own (a container, `ip netns exec`)."),
        ("network-not-free", "Every range of private addresses is in use here, so a private network cannot be made.", "Remove a route, or take the host's network."),
        ("bridge-filtered", "Packets between roles of a private network pass the packet rules of the machine, which may drop them.", "Where roles do not reach each other: `sysctl net.bridge.bridge-nf-call-iptables=0`."),
        ("qdisc-in-use", "A device of the target's network has a queueing discipline that somebody set up; Falter leaves it alone.", "Remove it with `tc qdisc del dev DEVICE root`, or take `network:drop=` instead."),
        ("engine-refused", "The container engine cannot be reached, or refused what a container fault needs.", "Read what it said in the message; try the same with its own command (`docker pause`, `docker network disconnect`)."),
        ("fault-not-armed", "The kernel refused what a fault needs; what had been done of it was undone.", "Follow the errno in the message."),
        // What limits or blocks a result.
        ("packets-lost", "More packets were delayed at a time than the queue holds; the rest was lost.", "Delay less traffic (peer=, port=), or for a shorter time."),
        ("address-changed", "A container is back on its network with another address: its engine gives addresses as it likes there.", "Give the network a subnet and the container an address (`docker network create --subnet`, `--ip`)."),
        ("undo-failed", "Something that Falter did could not be taken back.", "Run the command in the message, or `falter clean` once its reason is gone."),
        ("journal-unreadable", "Lines of a journal cannot be understood, so it is not known what they wanted undone.", "Read the file, undo by hand what its lines name, and remove it."),
        ("rule-limited", "The mechanism takes the rule, and does not reach every call that it names.", "Follow the message, or take --mechanism ptrace."),
        ("fault-not-fired", "A fault was armed and never injected, so nothing was learned of it.", "Extend the workload until it makes that call, or remove the model."),
        ("few-samples", "A natural error was seen too rarely for its rate to be known well.", "Observe for longer."),
        ("no-natural-errors", "The observation saw no failing call, so there is nothing to amplify.", "Observe for longer, with a workload that covers more, or inject rules by hand with `falter inject`."),
        ("models-left-out", "More models were found than --max-models allows.", "Raise --max-models."),
        ("baseline-unsteady", "The checks already failed or varied before anything was injected.", "Give the target time to warm up, lower --rate, or use a quieter machine."),
        ("events-lost", "Events were lost between kernel and recording: counts are too low.", "Raise the map size, or observe fewer processes."),
        ("recording-cut-off", "A recording ends in the middle of an interval: its writer was killed, or writes on, or the file was not copied to its end.", "Everything before the cut was read; if the file was copied, copy it again."),
        ("io-uring-in-use", "The target hands operations to the kernel through io_uring; they are no system calls, so they are neither counted nor failed.", "Switch io_uring off in the target where it can be (many servers have an option), or for a test machine by `sysctl kernel.io_uring_disabled=2`."),
        ("processes-together", "One side of a comparison does not keep its processes apart, so neither side is compared process by process.", "Compare two sources that name their processes."),
        ("start-missed", "A process began while the monitor was detached from the kernel, so its first calls were not counted.", "Leave out --idle-detach."),
        ("target-gone", "The target died and cannot be started again by Falter, so the remaining models were not run.", "Let Falter launch the target (`-- COMMAND`) instead of attaching to it."),
        ("target-not-restored", "The target was still broken after a model and was not launched by Falter, so the remaining models were not run.", "Let Falter launch the target (`-- COMMAND`), or give it more time with --recover."),
        ("restart-failed", "The target died and did not become healthy again after a restart.", "Read target.log in the run folder."),
        ("children-died", "Processes of the target were ended by a signal while the target itself went on.", "Read target.log around that time."),
        ("workload-late", "The workload fell behind its schedule, so its latencies are too long by that much.", "Lower --rate."),
        ("interrupted", "The run was interrupted; what had been armed was undone.", "Run it again."),
        ("slow-mechanism", "The mechanism stops the target at every system call and slows it.", "To inject, let Falter launch the target: the seccomp mechanism costs other calls almost nothing. To monitor, run it as root: eBPF costs a hundredth."),
        ("filter-stays", "A seccomp filter was put into a process that runs; it cannot be taken out again.", "Restart the target when the selected calls are to run at full speed again."),
        ("metrics-exposed", "Metrics are served on an address that other machines reach.", "Give --listen :PORT to serve this machine alone, or let a firewall decide who may ask."),
        ("series-dropped", "There are more time series than --max-series allows; those that came last are not published.", "Raise --max-series, or watch fewer different programs."),
        ("otlp-not-received", "The receiver of --otlp did not take the metrics.", "Check the URL and its protocol: port 4318 or a path /v1/metrics is HTTP, all else gRPC."),
    ];

    private static readonly HashSet<string> s_codes = [.. All.Select(c => c.Code)];

    /// <summary>Whether the code is in the table.</summary>
    public static bool Contains(string code) => s_codes.Contains(code);
}
