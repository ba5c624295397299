namespace EnergyWatch.EndToEnd;

/// <summary>The smallest county: one school with a meter on each way in.</summary>
static class County
{
    public static string Write(string folder, int modbusPort)
    {
        Directory.CreateDirectory(folder);
        Write("institutions", "code,name,type,system,parent,valid_from", "SCHOOL-1,第一小学,021,教育,,2024-01-01");
        Write("areas", "institution,valid_from,floor_area_m2", "SCHOOL-1,2024-01-01,12000");
        Write("headcounts", "institution,valid_from,category,count", "SCHOOL-1,2024-01-01,staff,800");
        Write("gateways", "code,name,kind,endpoint,username,secret,valid_from",
            $"GW-MODBUS,Plant room,modbus_tcp,127.0.0.1:{modbusPort},,,2024-01-01",
            "GW-MQTT,Roof,mqtt,,roof,a-long-secret,2024-01-01");
        Write("meters", "code,institution,name,carrier,role,parent,multiplier,rated_power_kw,register_max,interval_s,model,gateway,address,valid_from",
            "M-MODBUS,SCHOOL-1,Incomer,electricity,sub,,1,,,1,generic-energy-float,GW-MODBUS,1,2024-01-01",
            "M-WATER,SCHOOL-1,Water,water,main,,1,,,900,,GW-MQTT,,2024-01-01",
            "M-PUSH,SCHOOL-1,Canteen,electricity,main,,40,,,3600,,,,2024-01-01");
        return folder;

        void Write(string name, params string[] lines) => File.WriteAllLines(Path.Combine(folder, $"{name}.csv"), lines);
    }
}
