// A small ASP.NET Core service to assess: it answers, reads files that may be missing, and keeps a counter on disk.
// Usage: falter-sample-aspnet --urls http://127.0.0.1:5000 --folder DIR
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
WebApplication app = builder.Build();

string folder = Path.GetFullPath(app.Configuration["folder"] ?? Path.GetTempPath());
string counter = Path.Combine(folder, "visits.txt");
var counting = new Lock();

app.MapGet("/", () => "healthy");

app.MapGet("/notes/{name}", async (string name) =>
{
    try
    {
        return Results.Text(await File.ReadAllTextAsync(Path.Combine(folder, Path.GetFileName(name) + ".txt")));
    }
    catch (FileNotFoundException)
    {
        return Results.NotFound();
    }
});

app.MapGet("/visits", () =>
{
    lock (counting)
    {
        int visits = File.Exists(counter) && int.TryParse(File.ReadAllText(counter), out int before) ? before + 1 : 1;
        File.WriteAllText(counter, visits.ToString());
        return visits;
    }
});

app.Run();
