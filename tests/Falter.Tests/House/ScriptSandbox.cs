using System.Diagnostics;

namespace Falter.Tests.House;

/// <summary>A copy of the scripts in a folder of its own, with a <c>dotnet</c> that only notes what it was asked to do.</summary>
internal sealed class ScriptSandbox : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("falter-scripts-").FullName;

    public ScriptSandbox()
    {
        // A blank in the path: nothing may break on it.
        Root = Path.Combine(_base, "a copy");
        Tools = Path.Combine(_base, "tools");
        Directory.CreateDirectory(Path.Combine(Root, "src"));
        Directory.CreateDirectory(Path.Combine(Root, "eng"));
        Directory.CreateDirectory(Tools);
        foreach (string script in new[] { "falter", "test", "eng/build.bash" }) File.Copy(Repository.PathOf(script), Path.Combine(Root, script));
        File.WriteAllText(Path.Combine(Root, "src/Program.cs"), "");
        Executable(Path.Combine(Root, "eng/prerequisites"), "echo \"$@\" >> \"$FALTER_NOTES/prerequisites\"; exit ${FALTER_PREREQUISITES:-0}");
        Notes = Directory.CreateDirectory(Path.Combine(_base, "notes")).FullName;
    }

    public string Root { get; }

    /// <summary>First in the PATH of what is run here.</summary>
    public string Tools { get; }

    /// <summary>Where the stand-ins write down how they were called.</summary>
    public string Notes { get; }

    public string[] Noted(string name) => File.Exists(Path.Combine(Notes, name)) ? File.ReadAllLines(Path.Combine(Notes, name)) : [];

    public static void Executable(string path, string bash)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("the scripts are for Linux");
        File.WriteAllText(path, $"#!/bin/bash\n{bash}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public (int Code, string Output, string Error) Run(string program, params string[] arguments) => RunWith([], program, arguments);

    public (int Code, string Output, string Error) RunWith((string Name, string Value)[] environment, string program, params string[] arguments)
    {
        using Process process = Start(environment, program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)), $"{program} did not end");
        return (process.ExitCode, output, error.Result);
    }

    public Process Start((string Name, string Value)[] environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = $"{Tools}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["FALTER_NOTES"] = Notes;
        start.Environment.Remove("FALTER_NO_INSTALL");
        start.Environment.Remove("CI");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(_base, recursive: true);
}
