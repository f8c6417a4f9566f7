using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>
/// A command beside the target: of a check, a workload, a preparation. It is run by <c>sh -c</c> in a session of its own, bears a mark in its environment, and is killed with everything that it
/// started, also with what was given another parent since.
/// </summary>
public sealed class CommandProcess : IAsyncDisposable
{
    // The kernel never blocks posix_spawn for long; a folder on a dead network file system may.
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly LaunchedProcess _process;
    private readonly CommandOutput _output;

    private CommandProcess(LaunchedProcess process, CommandOutput output)
    {
        _process = process;
        _output = output;
    }

    /// <summary>How the shell ended, and what it wrote until then; completes when it has, whatever it left running.</summary>
    public async Task<CommandEnd> EndAsync()
    {
        await _output.Completed;
        return new CommandEnd(await _process.Exited, _output.Output, _output.Errors);
    }

    /// <summary>What was written so far: standard output, standard error.</summary>
    public (string Output, string Errors) Written => (_output.Output, _output.Errors);

    /// <summary>Starts a command.</summary>
    /// <param name="command">For the shell.</param>
    /// <param name="environment">Variables that extend or replace Falter's own; null removes one.</param>
    /// <param name="folder">Where it starts; null: in Falter's own folder.</param>
    /// <exception cref="LinuxException">The kernel starts no process: too many, no memory, no such folder.</exception>
    public static CommandProcess Start(string command, IReadOnlyDictionary<string, string?> environment, string? folder)
    {
        string mark = Launcher.NextMark();
        (Descriptor outputEnd, Descriptor outputStart) = Descriptor.Pipe();
        (Descriptor errorsEnd, Descriptor errorsStart) = Descriptor.Pipe();
        Descriptor? pidfd = null;
        OrphanReaper.Begin();
        try
        {
            using Descriptor nothing = new(Libc.Checked(Libc.open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "open(/dev/null)"));
            var request = new SpawnRequest
            {
                File = "/bin/sh",
                Arguments = ["sh", "-c", command],
                Environment = [.. Launcher.EnvironmentFor(environment, mark).Select(v => $"{v.Key}={v.Value}")],
                WorkingFolder = folder is null ? null : Path.GetFullPath(folder),
            };
            request.Pass(nothing.Number, 0);
            request.Pass(outputStart.Number, 1);
            request.Pass(errorsStart.Number, 2);
            var thread = new SpawnThread(request, pid => pidfd = Descriptor.OfProcess(pid));
            if (!thread.Spawned.Wait(s_startLimit)) throw new LinuxException("posix_spawn(sh)", Errno.ETIMEDOUT);
            (int pid, Errno? error) = thread.Spawned.Result;
            if (error is { } errno) throw new LinuxException(folder is null ? "posix_spawn(sh)" : $"posix_spawn(sh) in '{folder}'", errno);
            return new CommandProcess(new LaunchedProcess(pid, pidfd!, thread.Exited, mark), new CommandOutput(outputEnd, errorsEnd, pidfd!));
        }
        catch (Exception e)
        {
            OrphanReaper.End();
            pidfd?.Dispose();
            outputEnd.Dispose();
            errorsEnd.Dispose();
            if (e is AggregateException { InnerException: LinuxException inner }) throw inner;
            throw;
        }
        finally
        {
            outputStart.Dispose();
            errorsStart.Dispose();
        }
    }

    /// <summary>Kills it with everything that it started; returns when nothing of it is left.</summary>
    /// <exception cref="TimeoutException">Something of it is in an uninterruptible wait.</exception>
    public Task KillAsync() => _process.StopAsync(TimeSpan.Zero);

    /// <summary>Kills it where it still runs. What it left running when it ended by itself goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.Exited.IsCompleted) await _process.DisposeAsync();
        await _output.Completed;
        _process.LetGo();
    }
}

/// <summary>The end of a command.</summary>
/// <param name="Status">How the shell ended.</param>
/// <param name="Output">The last 64 KiB of its standard output.</param>
/// <param name="Errors">The last 64 KiB of its standard error.</param>
public sealed record CommandEnd(ExitStatus Status, string Output, string Errors);
