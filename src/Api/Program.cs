return await EnergyWatch.Api.Cli.CommandLine.RunAsync(args);
